"""What can go wrong in a stand-in Linear, and at which root fields it can be aimed."""

from enum import StrEnum
from typing import ClassVar

from vedette.sandbox.stage.faults import Scripted, Woe
from vedette.sandbox.stage.settings import Rate


class Aim(StrEnum):
    """What a request does to Linear, by its root field; faults are aimed at these words, or at write, read, any."""

    CREATE = "create"
    UPDATE = "update"
    COMMENT = "comment"
    LINK = "link"
    LABEL = "label"
    FETCH = "fetch"


_ROOTS = {
    "issueCreate": Aim.CREATE,
    "issueUpdate": Aim.UPDATE,
    "issueUnarchive": Aim.UPDATE,
    "commentCreate": Aim.COMMENT,
    "attachmentCreate": Aim.LINK,
    "issueLabelCreate": Aim.LABEL,
}


class Kind(Woe):
    """Every fault of Linear's."""

    COMMIT_HANG = "commit-hang"
    COMMIT_RESET = "commit-reset"
    COMMIT_502 = "commit-502"
    COMMIT_TRUNCATE = "commit-truncate"
    COMMIT_LATE = "commit-late"  # the work is done only `seconds` after the connection ended
    COMMIT_INTERNAL = "commit-internal"  # 200 whose `errors` say that something broke, after the work was done
    HANG = "hang"
    RESET = "reset"
    SLOW = "slow"  # a right answer after `seconds`
    ERROR_500 = "error-500"
    INTERNAL = "internal"  # 200 whose `errors` say that something broke, and nothing was done
    LIMITED = "limited"  # 400, RATELIMITED, with the moment of the reset
    COMPLEX = "complex"  # the same for the budget of complexity
    LIMIT_DATE = "limit-date"  # 429 of a proxy, with a date
    MAINTENANCE = "maintenance"
    LOGIN_PAGE = "login-page"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"


class Fault(Scripted, frozen=True, kw_only=True):
    """A scripted fault of Linear's; it has one path, so that only the body is asked for `match`."""

    kind: Kind
    operations: ClassVar[frozenset[str]] = frozenset(Aim)
    reads: ClassVar[frozenset[str]] = frozenset({Aim.FETCH})


def drawn(rate: Rate) -> Fault:
    """The fault that a rate draws; raises `ValueError` for a kind that does not exist."""
    return Fault(kind=Kind(rate.kind), on=rate.on, seconds=rate.seconds)


def aim_of(root: str) -> Aim:
    """What a root field does."""
    return _ROOTS.get(root, Aim.FETCH)
