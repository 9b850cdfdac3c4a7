"""What can go wrong in a stand-in Jira, and at which operations it can be aimed."""

from enum import StrEnum
from typing import ClassVar

from vedette.sandbox.stage.faults import Kind, RestFault
from vedette.sandbox.stage.settings import Rate

__all__ = ["Fault", "Kind", "Operation", "drawn"]


class Operation(StrEnum):
    """What a request does to Jira; faults are aimed at these words, or at `write`, `read`, `any`."""

    CREATE = "create"
    COMMENT = "comment"
    TRANSITION = "transition"
    EDIT = "edit"
    DELETE = "delete"
    LINK = "link"
    PROPERTY = "property"
    FETCH = "fetch"
    SEARCH = "search"
    CATALOGUE = "catalogue"


READS = frozenset({Operation.FETCH, Operation.SEARCH, Operation.CATALOGUE})


class Fault(RestFault, frozen=True, kw_only=True):
    """A scripted fault of Jira's."""

    operations: ClassVar[frozenset[str]] = frozenset(Operation)
    reads: ClassVar[frozenset[str]] = READS


def drawn(rate: Rate) -> Fault:
    """The fault that a rate draws; raises `ValueError` for a kind that does not exist."""
    return Fault(kind=Kind(rate.kind), on=rate.on, seconds=rate.seconds)
