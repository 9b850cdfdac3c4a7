"""Sockets of access: who reads and changes an organisation, and who knows people's addresses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from vedette.errors import Unauthorised
from vedette.model.changes import Change
from vedette.model.org import AccessRequest, Details, Organization, ProjectKey, Talkativeness
from vedette.model.plan import Fate
from vedette.ports.http import Fence


class NotAllowed(Unauthorised):
    """The token is good, and may not do this; what it may do it still does."""


class Roster(Protocol):
    """The administration of one Sentry server's organisation. One object per instance.

    Every method may raise the families of `vedette.errors`.
    """

    @property
    def instance(self) -> str: ...

    def read(self, details: Details, *, now: datetime, pace: Callable[[], None]) -> Organization:
        """The organisation, whole; `pace` is called before each call. A list that ends half raises.

        One call per hundred members, teams and projects, one per team for its members, one per project and detail.
        """
        ...

    def perform(self, change: Change, *, fence: Fence) -> tuple[Fate, str]:
        """Do one change: DONE, ALREADY or ASKED, with what the server said. Doing it twice is harmless.

        `Uncertain`: it may have been done; any other error means: not done. `NotAllowed`: the token lacks a right.
        """
        ...

    def holds(self, change: Change) -> bool:
        """Whether the server is now as the change would make it: read anew, after an attempt that ended ambiguously."""
        ...

    def requests(self, *, pace: Callable[[], None]) -> Sequence[AccessRequest]:
        """Who waits for access; () where the server has no such list."""
        ...

    def answer(self, request: AccessRequest, *, approve: bool, fence: Fence) -> None:
        """Approve or deny a request; one that is gone already is no error."""
        ...

    def keys(self, project: str, *, pace: Callable[[], None]) -> Sequence[ProjectKey]:
        """The keys of one project, or of all with ""; only public addresses."""
        ...

    def talkers(
        self, *, since: datetime, until: datetime, every: timedelta, pace: Callable[[], None]
    ) -> Sequence[Talkativeness]:
        """Events by project within the span, every project that there is, 0 included."""
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...


def unpaced() -> None:
    """No pause before a call."""


@dataclass(frozen=True, slots=True)
class Address:
    """What is known of a person's address: the address, or "" with the reason why there is none."""

    email: str
    text: str = ""


class People(Protocol):
    """Knows people's addresses by their login or id."""

    def address(self, login: str, *, pace: Callable[[], None] = unpaced) -> Address:
        """The public address of that person; `pace` is called before each call.

        Raises the families of `vedette.errors` where nobody could be asked.

        Somebody who is not there, or shows no address, is an `Address` without one and with the reason.
        """
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...
