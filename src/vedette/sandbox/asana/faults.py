"""What can go wrong in a stand-in Asana, and at which operations it can be aimed."""

from enum import StrEnum
from typing import ClassVar

from vedette.sandbox.stage.faults import Kind, RestFault
from vedette.sandbox.stage.settings import Rate

__all__ = ["Fault", "Kind", "Operation", "drawn"]


class Operation(StrEnum):
    """What a request does to Asana; faults are aimed at these words, or at `write`, `read`, `any`."""

    CREATE = "create"
    COMMENT = "comment"
    PLACE = "place"
    EDIT = "edit"
    DELETE = "delete"
    FETCH = "fetch"
    SEARCH = "search"
    CATALOGUE = "catalogue"


READS = frozenset({Operation.FETCH, Operation.SEARCH, Operation.CATALOGUE})


class Fault(RestFault, frozen=True, kw_only=True):
    """A scripted fault of Asana's."""

    operations: ClassVar[frozenset[str]] = frozenset(Operation)
    reads: ClassVar[frozenset[str]] = READS


def drawn(rate: Rate) -> Fault:
    """The fault that a rate draws; raises `ValueError` for a kind that does not exist."""
    return Fault(kind=Kind(rate.kind), on=rate.on, seconds=rate.seconds)
