"""Ownership: what CODEOWNERS, or an entry of the settings, said of an error, and how it was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vedette.model.issues import Frame
from vedette.model.tickets import Route


class Ownership(StrEnum):
    """The four outcomes, told apart."""

    OWNED = "owned"
    EXPLICITLY_UNOWNED = "explicitly_unowned"  # a rule without an owner cleared it
    UNMATCHED = "unmatched"  # no rule matches any frame
    NO_ROUTE = "owner_without_route"


@dataclass(frozen=True, slots=True)
class Step:
    """One look-up: the frame, the path that was asked for, and the rule that answered.

    Where entries of the settings were asked, `entry` names the one that answered (or all of them), and `path` is the
    answer as a sentence.
    """

    frame: Frame
    path: str
    pattern: str = ""
    line: int = 0
    owners: tuple[str, ...] = ()
    outcome: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who owns the error, where its tickets go, and each step that led there.

    `source` names the CODEOWNERS (file:line or repository@commit) or the entry's place, `stale` says that the last
    good copy was used.
    """

    ownership: Ownership
    owner: str = ""
    route: Route | None = None
    source: str = ""
    stale: bool = False
    steps: tuple[Step, ...] = ()
    where: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of `check --live`: what was asked, whether it holds, and the cure where it does not."""

    subject: str
    ok: bool
    message: str
    cure: str = ""
