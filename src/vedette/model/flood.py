"""Flood: how many tickets may be cut, and the issues whose tickets were held back for a digest."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vedette.model.issues import IssueKey
from vedette.model.tickets import Claim, Route

#: The instance of every digest's key. No Sentry instance can be called so: names in the settings have no hyphen.
DIGESTS = "flood-digest"
#: A route's `cap` that holds nothing back.
NO_CAP = -1


@dataclass(frozen=True, slots=True)
class Caps:
    """How many tickets are cut at most; None = as many as are wanted. An hour is the last 60 minutes, at any time."""

    per_run: int | None = 25  # of one sweep
    per_route_per_hour: int | None = 10  # in one project of a tracker
    per_hour: int | None = 50  # in all
    digest_after: timedelta = timedelta(minutes=1)  # so that the first digest lists a flood, not its first drop
    digest_every: timedelta = timedelta(minutes=10)  # a digest is commented on at most this often


UNCAPPED = Caps(per_run=None, per_route_per_hour=None, per_hour=None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where tickets of a route go, which is what its cap is counted by: several teams may share a project."""

    tracker: str
    project: str

    def __str__(self) -> str:
        return f"{self.tracker}/{self.project}"

    @property
    def digest(self) -> IssueKey:
        """The key under which the ledger keeps the place's digests: an issue that no Sentry has."""
        told = json.dumps([self.tracker, self.project]).encode()
        return IssueKey(DIGESTS, f"h{hashlib.sha256(told).hexdigest()[:12]}")


def place_of(route: Route) -> Place:
    """The place that the route's tickets go to."""
    return Place(route.tracker, route.project)


def is_digest(key: IssueKey) -> bool:
    """Whether the key is a digest's and no issue's."""
    return key.instance == DIGESTS


@dataclass(frozen=True, slots=True)
class Counted:
    """Tickets cut so far: of this sweep, in this place within the hour, and in all within the hour."""

    run: int
    route: int
    hour: int


class HeldState(StrEnum):
    """How it stands with an issue whose ticket was held back."""

    HELD = "held"  # it waits in the digest, or for it
    ASKED = "asked"  # somebody asked for a ticket of its own, which waits for room under the caps
    SPLIT = "split"  # it has a ticket of its own
    CLOSED = "closed"  # its digest was closed, or it wanted no ticket any more


WAITING = frozenset({HeldState.HELD, HeldState.ASKED})


@dataclass(frozen=True, slots=True)
class NewHeld:
    """An issue whose ticket is held back now; `events` and `users` as Sentry counted them for the decision."""

    issue: IssueKey
    track: str
    route: Route
    owner: str
    title: str
    project: str  # the Sentry project's slug
    link: str
    events: int
    users: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of it. `digest`: number of the digest's claim, once there is one; `claim`: that of its own ticket.

    `told_at`: when the digest last said how it stands; None while it has yet to. `news`: how often it was held.
    """

    id: int
    issue: IssueKey
    track: str
    place: Place
    route: Route
    owner: str
    title: str
    project: str
    link: str
    events: int
    users: int
    news: int
    first_at: datetime
    last_at: datetime
    sentence: str
    state: HeldState
    digest: int | None = None
    claim: int | None = None
    told_at: datetime | None = None
    asked_at: datetime | None = None
    released_at: datetime | None = None
    over_caps: bool = False


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A held issue with its digest's claim, as a decision sees them."""

    held: Held
    digest: Claim | None
