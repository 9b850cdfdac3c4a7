"""Tickets: items in a tracker, and the claims that stand for them in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from vedette.model.boards import Board, Placed, Placement
from vedette.model.document import Document
from vedette.model.issues import Baseline, IssueKey

MAIN_TRACK = "main"


@dataclass(frozen=True, slots=True)
class TicketRef:
    """Where a ticket lives. `id` never changes; `key` may (a moved Jira issue); `url` is for people."""

    tracker: str  # name in the settings, not the kind
    key: str
    id: str
    url: str


class TicketState(StrEnum):
    """What a ticket's status means, whatever it is called there."""

    OPEN = "open"
    DONE = "done"
    WONT_DO = "wont_do"
    GONE = "gone"  # deleted, or no longer readable


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as read from its tracker at `as_of`."""

    ref: TicketRef
    as_of: datetime
    state: TicketState
    title: str = ""
    status: str = ""
    resolution: str = ""
    project: str = ""
    labels: tuple[str, ...] = ()
    stamp: str = ""  # the key found on it (label or property), "" when it carries none
    created_at: datetime | None = None
    closed_at: datetime | None = None
    priority: str = ""  # by its name there; "" where it has none
    changed_at: datetime | None = None  # when anything about it last changed, where the tracker says


@dataclass(frozen=True, slots=True)
class Route:
    """Where an owner's tickets go and how they look; `fields` are the tracker's own custom fields by name or id.

    `boards` are tried in order and `project` takes what none of them takes; `priorities` are by level, or `other`.
    """

    tracker: str
    project: str
    type: str = ""
    components: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    priority: str = ""
    assignee: str = ""
    status: str = ""
    section: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    runbook: str = ""
    cap: int | None = None  # tickets an hour in its project; None = as the settings say for all, below 0 = no cap
    boards: tuple[Board, ...] = ()
    priorities: Mapping[str, str] = field(default_factory=dict)
    sandbox: bool = False  # tickets in `project` bother nobody


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """A ticket to be created: `title` is one line within the limit; `link` is Sentry's address of the issue.

    `also`: further places in which it shall stand, where the tracker can do that.
    """

    route: Route
    title: str
    body: Document
    stamp: str
    link: str
    also: tuple[Placed, ...] = ()


class ClaimState(StrEnum):
    """What the ledger knows of one claim; the first four are *live*: at most one per issue (or event) and track."""

    CLAIMED = "claimed"  # nothing was sent yet
    CREATING = "creating"  # an attempt is under way, or its worker died
    UNCERTAIN = "uncertain"  # an attempt ended without a whole answer: absence is to be proven
    OPEN = "open"  # the ticket exists and is not done
    DONE = "done"  # the ticket is closed
    WONT_DO = "wont_do"  # the ticket is closed as not to be done
    GONE = "gone"  # the ticket was deleted
    DROPPED = "dropped"  # the create was refused or given up; nothing stands in the tracker


LIVE_CLAIMS = frozenset({ClaimState.CLAIMED, ClaimState.CREATING, ClaimState.UNCERTAIN, ClaimState.OPEN})


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to create the n-th ticket of an issue on a track, and what became of it.

    One stands for the issue, or for one event of it; the chain of `previous` and `root` is the ledger's own, so that
    nothing that is edited in a ticket breaks it.

    `watermark` is what the tracker gave before the attempt, from which a proof of absence starts.
    `settle_at` is the moment at which absence, if then seen, counts as proven.
    `as_of` is the time of the newest fact that shaped the row: an older fact never undoes a newer one.
    """

    id: int
    issue: IssueKey
    track: str
    generation: int
    state: ClaimState
    route: Route
    stamp: str
    created_at: datetime
    as_of: datetime
    owner: str = ""
    ticket: TicketRef | None = None
    ticket_status: str = ""
    closed_at: datetime | None = None
    attempts: int = 0
    watermark: str = ""
    attempted_at: datetime | None = None
    ended_at: datetime | None = None  # when the connection, or the lease, of the last attempt ended
    settle_at: datetime | None = None
    refreshed_at: datetime | None = None  # when the tracker was last read
    place: Placement | None = None  # where the last attempt was sent
    event: str = ""  # the one event of the issue that it stands for; "" = the issue
    event_at: datetime | None = None  # when that happened
    sentry_project: str = ""  # slug of the issue's project at the claim
    previous: int | None = None  # the claim before it on the track, and the first of that chain
    root: int | None = None
    baselines: tuple[Baseline, ...] = ()  # what growth is measured from; one a kind of count
    grown: int = 0  # the highest multiple that the ticket was told of, once for ever
    priority: str | None = None  # as the ticket was born, or as we last left it; another one is a person's
    raising: str = ""  # the priority that is being set just now
    unchanged_at: datetime | None = None  # when the tracker's list of changes last did not name the ticket

    @property
    def known_at(self) -> datetime | None:
        """As of when the ticket's state is known; None for one that was never read."""
        return max((at for at in (self.refreshed_at, self.unchanged_at) if at is not None), default=None)

    @property
    def sent(self) -> Route:
        """The route as the last attempt took it: with the one project, section and priority that were chosen."""
        if self.place is None:
            return self.route
        place = self.place
        return replace(self.route, project=place.project, section=place.section, priority=place.priority)


def stamp_of(issue: IssueKey, *, track: str, generation: int) -> str:
    """The deterministic key that a ticket carries: safe as a Jira label (no blank, far under 255 characters)."""
    return f"vedette-{issue.instance}-{issue.id}-{track}-{generation}"
