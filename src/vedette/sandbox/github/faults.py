"""What can go wrong in a stand-in GitHub, and at which operations it can be aimed."""

from enum import StrEnum
from typing import ClassVar

from vedette.sandbox.stage.faults import Kind, RestFault
from vedette.sandbox.stage.settings import Rate

__all__ = ["Fault", "Kind", "Operation", "drawn"]


class Operation(StrEnum):
    """What a request does to GitHub; faults are aimed at these words, or at `write`, `read`, `any`."""

    CREATE = "create"
    COMMENT = "comment"
    EDIT = "edit"
    LABEL = "label"
    ASSIGN = "assign"
    SIGN_IN = "sign-in"
    FETCH = "fetch"
    LIST = "list"
    SEARCH = "search"
    CATALOGUE = "catalogue"


# A token of an installation changes nothing that anybody keeps.
READS = frozenset({Operation.FETCH, Operation.LIST, Operation.SEARCH, Operation.CATALOGUE})


class Fault(RestFault, frozen=True, kw_only=True):
    """A scripted fault of GitHub's."""

    operations: ClassVar[frozenset[str]] = frozenset(Operation)
    reads: ClassVar[frozenset[str]] = READS | {Operation.SIGN_IN}

    def aimed(self, operation: str) -> bool:
        """Whether a request is meant; a sign-in only by its name, or a wide fault would never reach the work."""
        return operation == self.on if operation == Operation.SIGN_IN else RestFault.aimed(self, operation)


def drawn(rate: Rate) -> Fault:
    """The fault that a rate draws; raises `ValueError` for a kind that does not exist."""
    return Fault(kind=Kind(rate.kind), on=rate.on, seconds=rate.seconds)
