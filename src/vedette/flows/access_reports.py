"""Reports: each reads what it needs of every managed instance, and nothing is kept."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from vedette.flows.access_known import managed, paced
from vedette.flows.access_people import known_people
from vedette.flows.context import Context
from vedette.model.org import Details, Organization, Talkativeness
from vedette.rules.access import reports
from vedette.rules.access.reports import SPANS, Report

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


class Subject(StrEnum):
    """What a report is about."""

    MEMBERS = "members"
    UNOWNED = "unowned"
    TALKERS = "talkers"
    SEEN = "seen"
    UNUSED = "unused"


def report(context: Context, subject: Subject, names: Sequence[str] = ()) -> Report:
    """The report over every managed instance, or these. Raises the families of `vedette.errors`."""
    return reports.joined([_MAKERS[subject](context, instance) for instance in managed(context, names)])


def _read(context: Context, instance: str) -> Organization:
    return context.roster(instance).read(Details(), now=context.clock(), pace=paced(context))


def _members(context: Context, instance: str) -> Report:
    known = known_people(context)
    return reports.members(_read(context, instance), context.settings.access, known=known, now=context.clock())


def _unowned(context: Context, instance: str) -> Report:
    return reports.unowned(_read(context, instance))


def _talk(context: Context, instance: str, span: timedelta) -> Sequence[Talkativeness]:
    now = context.clock()
    every = _HOUR if span <= _DAY else _DAY
    return context.roster(instance).talkers(since=now - span, until=now, every=every, pace=paced(context))


def _talkers(context: Context, instance: str) -> Report:
    return reports.talkers(_read(context, instance), _talk(context, instance, _DAY))


def _seen(context: Context, instance: str) -> Report:
    talk = {name: _talk(context, instance, span) for name, span in SPANS}
    return reports.seen(_read(context, instance), talk)


def _unused(context: Context, instance: str) -> Report:
    return reports.unused(_read(context, instance), now=context.clock())


_MAKERS: Mapping[Subject, Callable[[Context, str], Report]] = {
    Subject.MEMBERS: _members,
    Subject.UNOWNED: _unowned,
    Subject.TALKERS: _talkers,
    Subject.SEEN: _seen,
    Subject.UNUSED: _unused,
}
