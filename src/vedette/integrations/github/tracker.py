"""Tracker: GitHub Issues in the role that keeps tickets.

The law: nothing here decides whether a ticket is due; it does what is asked, once, and says when it cannot know.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from vedette.errors import Refused
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.config import Config
from vedette.integrations.github.drafting import Drafting, without
from vedette.integrations.github.finding import Finder
from vedette.integrations.github.live_check import LiveCheck
from vedette.integrations.github.marker import fresh_id
from vedette.integrations.github.mending import Mender
from vedette.integrations.github.proof import Proof
from vedette.integrations.github.reading import Reader
from vedette.integrations.github.remarks import Remarks
from vedette.integrations.github.statuses import Statuses
from vedette.integrations.github.workflow import Workflow
from vedette.model.document import Document
from vedette.model.ownership import Finding
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import Route, Ticket, TicketDraft, TicketRef
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Found

# GitHub may refuse labels, assignees, type and milestone one after the other.
_CREATES = 5


class GitHubTracker:
    """One GitHub. See `vedette.ports.roles.Tracker` for what each method promises."""

    def __init__(
        self,
        name: str,
        config: Config,
        *,
        timeout: timedelta = timedelta(seconds=20),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._name = name
        self._client = GitHubClient(name, config, timeout=timeout, now=now)
        statuses = Statuses(config.status_labels)
        self._statuses = statuses
        self._reader = Reader(name, statuses)
        self._proof = Proof(self._client, self._reader)
        self._finder = Finder(self._client, self._reader)
        self._drafting = Drafting(self._client, statuses)
        self._workflow = Workflow(self._client, statuses)
        self._remarks = Remarks(self._client, self._workflow)
        self._mender = Mender(self._client, self._workflow, self._drafting)

    @classmethod
    def from_settings(cls, settings: TrackerSettings) -> "GitHubTracker":
        """A tracker as the settings describe it."""
        return cls(settings.name, settings.config, timeout=settings.timeout)

    @property
    def name(self) -> str:
        """The tracker's name in the settings."""
        return self._name

    def close_connections(self) -> None:
        """Let the connections go."""
        self._client.close()

    def watermark(self, draft: TicketDraft, *, known: Sequence[TicketRef]) -> str:
        """The newest number of the repository, as `owner/repository#number`."""
        return self._proof.watermark(draft.route.project, known=known)

    def create(self, draft: TicketDraft, *, fence: Fence) -> TicketRef:
        """Create the issue; labels and assignee that GitHub refuses are left out, and `mend` tells of them."""
        ticket_id = fresh_id()
        fields = self._drafting.fields(draft, ticket_id=ticket_id)
        for _ in range(_CREATES - 1):
            try:
                return self._create(draft, fields, ticket_id=ticket_id, fence=fence)
            except Refused as refusal:
                fewer = without(fields, refusal.fields) if refusal.status == 422 else None
                if fewer is None:
                    raise
                # A 422 proves that nothing was created, so that creating again is safe.
                fields = fewer
        return self._create(draft, fields, ticket_id=ticket_id, fence=fence)

    def _create(self, draft: TicketDraft, fields: Json, *, ticket_id: str, fence: Fence) -> TicketRef:
        made = self._client.create(draft.route.project, fields, fence=fence)
        return self._reader.ref(made, ticket_id=ticket_id)

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:
        """List our issues newest first, back past the attempt, and read the numbers that no list shows."""
        return self._proof.look(draft, watermark=watermark, attempted_at=attempted_at)

    def search(self, *, stamp: str, link: str) -> Sequence[Ticket]:
        """Look through what our account made, across repositories."""
        return self._finder.search(stamp=stamp, link=link)

    def stamped(self, *, since: datetime) -> Iterator[Ticket]:
        """Tickets of ours that changed since then."""
        return self._finder.stamped(since=since)

    def read(self, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
        """Tickets by id. What is not there in a repository that we can see is GONE."""
        return self._finder.read(refs)

    @property
    def reads_at_once(self) -> int:
        """One: a list of many would have to be paged through."""
        return 1

    def changed(self, refs: Sequence[TicketRef], *, since: datetime) -> Mapping[str, Ticket]:
        """Those that the list of what our account made shows as updated."""
        return self._finder.changed(refs, since=since)

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Comment once per marker."""
        self._remarks.comment(ref, text, marker=marker, fence=fence)

    def transition(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Bring to `open`, `completed`, `not_planned`, `duplicate`, or a status that is a label."""
        return self._workflow.move(ref, status, fence=fence)

    def reopen(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Open again."""
        return self._workflow.reopen(ref, status, fence=fence)

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Close as completed, unless it is closed."""
        return self._workflow.close(ref, fence=fence)

    def priorities(self, ref: TicketRef) -> Sequence[str]:  # noqa: ARG002 - the role's words
        """None: an issue has labels, and which of them mean a priority only the team knows."""
        return ()

    def prioritise(self, ref: TicketRef, *, priority: str, fence: Fence) -> None:  # noqa: ARG002 - the role's words
        """Refused."""
        raise Refused(f"{ref.key}: GitHub has no priorities; name none for routes to {self._name}", status=400)

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """See that the Sentry link stands in the body."""
        self._remarks.link(ref, url=url, title=title, fence=fence)

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> Sequence[str]:
        """Read back, put labels, assignee and marker right, and say what could not be put right."""
        return self._mender.mend(ref, draft, fence=fence)

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """`check --live`: ask GitHub for everything that the routes name."""
        yield from LiveCheck(self._client, self._drafting, self._statuses).check(routes)
