"""Tracker: Asana in the role that keeps tickets.

The law: nothing here decides whether a ticket is due; it does what is asked, once, and says when it cannot know.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from vedette.errors import Refused
from vedette.integrations.asana.boards import Boards
from vedette.integrations.asana.client import AsanaClient
from vedette.integrations.asana.config import Config
from vedette.integrations.asana.drafting import DROPPABLE, Drafting
from vedette.integrations.asana.live_check import LiveCheck
from vedette.integrations.asana.mending import Mender
from vedette.integrations.asana.places import Option, Places
from vedette.integrations.asana.proof import Proof
from vedette.integrations.asana.reading import Reader
from vedette.integrations.asana.refreshing import Refreshing
from vedette.integrations.asana.remarks import Remarks
from vedette.integrations.asana.urgency import Urgency
from vedette.integrations.asana.workflow import Workflow
from vedette.model.boards import Place, Placed
from vedette.model.document import Document
from vedette.model.ownership import Finding
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import Route, Ticket, TicketDraft, TicketRef
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Found

# Asana names the first field that it will not take, so each may cost one more try.
_CREATES = 4


class AsanaTracker:
    """One Asana workspace. See `vedette.ports.roles.Tracker` for what each method promises."""

    def __init__(self, name: str, config: Config, *, timeout: timedelta = timedelta(seconds=20)) -> None:
        self._name = name
        self._client = AsanaClient(name, config, timeout=timeout)
        self._places = Places(self._client, further=config.projects)
        self._boards = Boards(self._client, self._places)
        self._reader = Reader(name, config)
        self._drafting = Drafting(self._places, config)
        self._proof = Proof(self._client, self._reader, self._places, external=config.oauth)
        self._refreshing = Refreshing(self._client, self._reader)
        self._workflow = Workflow(self._client, self._reader, self._places)
        self._remarks = Remarks(self._client)
        self._urgency = Urgency(self._client, self._places, config)
        self._mender = Mender(self._client, self._reader, self._places, self._drafting)
        self._check = LiveCheck(self._client, self._places, self._boards, self._drafting, config)

    @classmethod
    def from_settings(cls, settings: TrackerSettings) -> "AsanaTracker":
        """A tracker as the settings describe it."""
        return cls(settings.name, settings.config, timeout=settings.timeout)

    @property
    def name(self) -> str:
        """The tracker's name in the settings."""
        return self._name

    def close_connections(self) -> None:
        """Let the connections go."""
        self._client.close()

    def resolve(self, place: Place) -> Placed:
        """The project that a place means now; reads are kept for five minutes."""
        return self._boards.resolve(place)

    def watermark(self, draft: TicketDraft, *, known: Sequence[TicketRef]) -> str:  # noqa: ARG002 - the role's words
        """The gid of the project that the attempt goes to: a portfolio's newest may be another a minute later."""
        return self._places.project(draft.route.project)

    def create(self, draft: TicketDraft, *, fence: Fence) -> TicketRef:
        """Create the task; fields that can be left out never cost the ticket, and `mend` tells of them."""
        project = self._places.project(draft.route.project)
        without: frozenset[str] = frozenset()
        for _ in range(_CREATES - 1):
            try:
                return self._create(draft, project, without, fence=fence)
            except Refused as refusal:
                without = self._less(without, refusal)
        return self._create(draft, project, without, fence=fence)

    def _create(self, draft: TicketDraft, project: str, without: frozenset[str], *, fence: Fence) -> TicketRef:
        made = self._drafting.drafted(draft, project=project, now=datetime.now(UTC), without=without)
        return self._reader.ref(self._client.create(made.data, fence=fence))

    def _less(self, without: frozenset[str], refusal: Refused) -> frozenset[str]:
        """What to leave out next; raises the refusal again where the ticket cannot be without it.

        A 400 proves that nothing was created, so that creating again is safe.
        """
        more = DROPPABLE & refusal.fields.keys() - without
        self._places.forget()
        self._boards.forget()
        if refusal.status != 400 or not more:
            raise refusal
        return without | more

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:
        """Read the lists of projects, which are consistent at once."""
        return self._proof.look(draft, watermark=watermark, attempted_at=attempted_at)

    def search(self, *, stamp: str, link: str) -> Sequence[Ticket]:
        """Read the lists of all our projects for a stamp, else for the link, over the last week."""
        return self._proof.search(stamp=stamp, link=link)

    def stamped(self, *, since: datetime) -> Iterator[Ticket]:
        """Every task with a stamp that was touched since then."""
        return self._proof.stamped(since=since)

    def read(self, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
        """Tickets by id, many of one project in one call per hundred."""
        return self._refreshing.read(refs)

    @property
    def reads_at_once(self) -> int:
        """One: Asana's lists are by project."""
        return 1

    def changed(self, refs: Sequence[TicketRef], *, since: datetime) -> Mapping[str, Ticket]:
        """Those that their projects list as modified, one list a project."""
        return self._refreshing.changed(refs, since=since)

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Comment once per marker."""
        self._remarks.comment(ref, text, marker=marker, fence=fence)

    def transition(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Put into the section of that name, or complete; the new status' name."""
        return self._workflow.move(ref, status, fence=fence)

    def reopen(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Mark as not completed; the section's name."""
        return self._workflow.reopen(ref, status, fence=fence)

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Complete."""
        return self._workflow.close(ref, fence=fence)

    def priorities(self, ref: TicketRef) -> Sequence[str]:
        """The options of the field Priority of the task's project, lowest first; () without such a field."""
        return self._urgency.scale(ref)

    def prioritise(self, ref: TicketRef, *, priority: str, fence: Fence) -> None:
        """Choose that option of the field Priority."""
        self._urgency.choose(ref, priority, fence=fence)

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """See that the Sentry link stands in title or notes."""
        self._remarks.link(ref, url=url, title=title, fence=fence)

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> Sequence[str]:
        """Read back, put stamp, link, section and fields right, and say what could not be put right."""
        return self._mender.mend(ref, draft, fence=fence)

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """`check --live`: ask Asana for everything that the routes name."""
        return self._check.check(routes)

    def options(self, project: str, *, field: str) -> list[Option]:
        """The choices of a field of a project, for `vedette asana teams`."""
        return self._places.options(self._places.project(project), field=field)
