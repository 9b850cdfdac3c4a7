"""Actions: what was decided to be done (imperative); each becomes one job."""

from dataclasses import dataclass
from datetime import datetime

from vedette.model.document import Document
from vedette.model.growth import GrowTicket, MeasureAnew
from vedette.model.issues import Baseline
from vedette.model.tickets import Claim, Route


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Claim the next generation on the track and create its ticket."""

    track: str
    generation: int
    route: Route
    owner: str
    previous: Claim | None = None  # the one it follows; None: the newest before that generation, if there is one
    event: str = ""  # the one event that it is for; "" = the issue
    event_at: datetime | None = None
    run: int = 0  # the sweep that asked for it, whose cap counts it; 0 = none
    baselines: tuple[Baseline, ...] = ()


@dataclass(frozen=True, slots=True)
class ResumeTicket:
    """Go on with a claim whose create ended without a ticket and without a job."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class CommentTicket:
    """Say something on the ticket, once; `marker` names the occasion (same marker, same comment)."""

    claim: Claim
    text: Document
    marker: str


@dataclass(frozen=True, slots=True)
class ReopenTicket:
    """Bring the closed ticket back."""

    claim: Claim
    text: Document
    marker: str


@dataclass(frozen=True, slots=True)
class MoveTicket:
    """Move the open ticket to a status, or by the transition, of that name, and say why."""

    claim: Claim
    text: Document
    marker: str
    status: str


Action = GrowTicket | MeasureAnew | OpenTicket | ResumeTicket | CommentTicket | ReopenTicket | MoveTicket
