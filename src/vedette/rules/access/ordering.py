"""Ordering: the one order of a plan's changes, whatever the order of the reading."""

from collections.abc import Iterable, Mapping

from vedette.model.changes import ORDER, Change, SetRole
from vedette.model.org import rank
from vedette.model.plan import Diagnosis, Withheld
from vedette.rules.access.written import canonical

_PLACE: Mapping[type[Change], int] = {kind: at for at, kind in enumerate(ORDER)}


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Changes in the order of `changes.ORDER`; within a kind by what they are about.

    A role that grows goes before one that shrinks: a new owner is there before the old one is none.
    """
    return tuple(sorted(changes, key=_key))


def ordered_withheld(withheld: Iterable[Withheld]) -> tuple[Withheld, ...]:
    """What is held back, in the order of its changes."""
    return tuple(sorted(withheld, key=lambda each: (*_key(each.change), each.hold)))


def ordered_diagnoses(diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Diagnoses by whom they are about; each once."""
    return tuple(sorted(set(diagnoses), key=lambda each: (each.subject, each.ailment, each.text)))


def _key(change: Change) -> tuple[int, int, str, str, str]:
    shrinks = isinstance(change, SetRole) and rank(change.after) < rank(change.before)
    # A role in a team may be hidden by what an earlier change did: the team is told before it.
    return _PLACE[type(change)], int(shrinks), subject_of(change), str(getattr(change, "team", "")), canonical(change)


def subject_of(change: Change) -> str:
    """What a change is about: an address, a project, a team or a setting."""
    names = ("email", "project", "team", "setting")
    return next(str(getattr(change, name)) for name in names if hasattr(change, name))
