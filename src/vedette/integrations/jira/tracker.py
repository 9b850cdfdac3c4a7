"""Tracker: Jira in the role that keeps tickets.

The law: nothing here decides whether a ticket is due; it does what is asked, once, and says when it cannot know.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from vedette.errors import Refused
from vedette.integrations.jira import jql
from vedette.integrations.jira.client import MOST_AT_ONCE, JiraClient, Json
from vedette.integrations.jira.config import Config
from vedette.integrations.jira.fields import OUR_LABEL, fields_of, without
from vedette.integrations.jira.live_check import LiveCheck
from vedette.integrations.jira.mending import Mender
from vedette.integrations.jira.proof import Proof, oldest_first
from vedette.integrations.jira.reading import Reader, carries, has_link, label
from vedette.integrations.jira.remarks import Remarks, global_id
from vedette.integrations.jira.screens import Screens
from vedette.integrations.jira.workflow import Workflow
from vedette.model.document import Document
from vedette.model.ownership import Finding
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import Route, Ticket, TicketDraft, TicketRef
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Found

_MOST_CANDIDATES = 50
# Jira names every wrong field at once, but checks some only when the others are right.
_CREATES = 3


class JiraTracker:
    """One Jira, Cloud or Data Center. See `vedette.ports.roles.Tracker` for what each method promises."""

    def __init__(self, name: str, config: Config, *, timeout: timedelta = timedelta(seconds=20)) -> None:
        self._name = name
        self._client = JiraClient(name, config, timeout=timeout)
        self._reader = Reader(name, url=config.url, wont_do=config.wont_do_resolutions)
        self._screens = Screens(self._client)
        self._proof = Proof(self._client, self._reader)
        self._workflow = Workflow(self._client, wont_do=config.wont_do_resolutions)
        self._remarks = Remarks(self._client)
        self._mender = Mender(self._client, self._screens)

    @classmethod
    def from_settings(cls, settings: TrackerSettings) -> "JiraTracker":
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
        """The highest issue number of the project that is known now, as `KEY:number`."""
        return self._proof.watermark(draft.route.project, known=known)

    def create(self, draft: TicketDraft, *, fence: Fence) -> TicketRef:
        """Create the issue; fields that can be left out never cost the ticket, and `mend` tells of them."""
        fields = fields_of(draft, screens=self._screens, cloud=self._client.cloud)
        for _ in range(_CREATES - 1):
            try:
                return self._create(draft, fields, fence=fence)
            except Refused as refusal:
                fields = self._fewer(draft, fields, refusal)
        return self._create(draft, fields, fence=fence)

    def _create(self, draft: TicketDraft, fields: Json, *, fence: Fence) -> TicketRef:
        made = self._client.create(fields, stamp=draft.stamp, fence=fence)
        return self._reader.ref(key=str(made["key"]), issue_id=str(made["id"]))

    def _fewer(self, draft: TicketDraft, fields: Json, refusal: Refused) -> Json:
        """The fields without the refused ones; raises the refusal again where the ticket cannot be without them.

        A 400 proves that nothing was created, so that creating again is safe.
        """
        screen = self._screens.fields(draft.route.project, str(fields["issuetype"].get("id", "")))
        fewer = without(fields, refusal.fields, screen=screen) if refusal.status == 400 else None
        self._screens.forget()
        if fewer is None:
            raise refusal
        return fewer

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:
        """Read the numbers after the watermark by key."""
        return self._proof.look(draft, watermark=watermark, attempted_at=attempted_at)

    def search(self, *, stamp: str, link: str) -> Sequence[Ticket]:
        """Search labels, titles and remote links across projects; every hit is read by key before it counts.

        Those with the stamp come first; those without any stamp follow when the link is theirs.
        """
        as_of = datetime.now(UTC)
        found = self._candidates(stamp=stamp, link=link)
        stamped = [issue for issue in found if carries(issue, stamp)]
        linked = [] if stamped else self._linked(link, found)
        tickets = oldest_first(self._reader.ticket(issue, as_of=as_of) for issue in stamped)
        return (*tickets, *oldest_first(self._reader.ticket(issue, as_of=as_of) for issue in linked))

    def _candidates(self, *, stamp: str, link: str) -> list[Json]:
        query = f"labels = {jql.quoted(label(stamp))} OR summary ~ {jql.phrase(link.rstrip('/'))}"
        hits = self._client.search(f"{query} ORDER BY created ASC", fields=["created"], most=_MOST_CANDIDATES)
        return list(self._client.issues([str(hit.get("id")) for hit in hits]))

    def _linked(self, link: str, found: Iterable[Json]) -> list[Json]:
        titled = [issue for issue in found if has_link(str((issue.get("fields") or {}).get("summary")), link)]
        known = titled or self._remote(link)
        return [issue for issue in known if not self._reader.ticket(issue, as_of=datetime.now(UTC)).stamp]

    def _remote(self, link: str) -> list[Json]:
        query = f"issue in issuesWithRemoteLinksByGlobalId({jql.quoted(global_id(link))})"
        try:
            hits = list(self._client.search(query, fields=["created"], most=_MOST_CANDIDATES))
        except Refused as refusal:
            if refusal.status != 400:
                raise
            return []  # a Jira without this function
        return list(self._client.issues([str(hit.get("id")) for hit in hits]))

    def stamped(self, *, since: datetime) -> Iterator[Ticket]:
        """Tickets with our label that changed since then; the index names them, and each is then read by key.

        A stale hit would show a deleted ticket as standing, and the audit fold the one that stands into it.
        """
        now = datetime.now(UTC)
        for issue in self._client.issues(list(self._touched(since=since, now=now))):
            yield self._reader.ticket(issue, as_of=now)

    def _touched(self, *, since: datetime, now: datetime) -> Iterator[str]:
        """Ids of tickets with our label that changed since then, as the index has them.

        The time is given relative to now, since Jira reads a date in the time zone of the account's profile.
        """
        minutes = max(int((now - since).total_seconds() // 60) + 1, 1)
        # By key: an order by time would shift under the pages as tickets change.
        query = f"labels = {jql.quoted(OUR_LABEL)} AND updated >= {jql.quoted(f'-{minutes}m')} ORDER BY key ASC"
        return (str(hit.get("id")) for hit in self._client.search(query, fields=["created"]))

    def read(self, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
        """Tickets by id. What neither id nor key finds in a project that we can see is GONE.

        Jira does not tell a deleted issue from one moved to where we may not look. Raises `Refused` where the whole
        project cannot be seen, since then nothing is proven.
        """
        as_of = datetime.now(UTC)
        asked = {ref.id or ref.key: ref for ref in refs}
        found = {str(issue.get("id")): issue for issue in self._client.issues(list(asked))}
        tickets = {ref: self._reader.ticket(issue, as_of=as_of) for ref, issue in found.items()}
        return {name: tickets.get(name) or self._read_again(ref, as_of=as_of) for name, ref in asked.items()}

    def _read_again(self, ref: TicketRef, *, as_of: datetime) -> Ticket:
        issue = self._client.issue(ref.key)
        if issue is not None:
            return self._reader.ticket(issue, as_of=as_of)
        project = ref.key.rpartition("-")[0]
        if "BROWSE_PROJECTS" not in self._client.permissions(project, ["BROWSE_PROJECTS"]):
            raise Refused(
                f"{self._name}: {ref.key} cannot be read and is not known to be deleted, since {project} cannot be "
                "browsed: give the bot the permission Browse Projects there",
                status=403,
            )
        return self._reader.gone(ref, as_of=as_of)

    @property
    def reads_at_once(self) -> int:
        """A hundred on Cloud; Data Center has no bulk fetch."""
        return MOST_AT_ONCE if self._client.cloud else 1

    def changed(self, refs: Sequence[TicketRef], *, since: datetime) -> Mapping[str, Ticket]:
        """Those that the index shows as updated; each of them is read by key before it counts."""
        touched = frozenset(self._touched(since=since, now=datetime.now(UTC)))
        return self.read([ref for ref in refs if ref.id in touched])

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Comment once per marker."""
        self._remarks.comment(ref, text, marker=marker, fence=fence)

    def transition(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Move to the status, or by the transition, of that name; the new status' name."""
        return self._workflow.move(ref, status, fence=fence)

    def reopen(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Move out of the done statuses; the new status' name."""
        return self._workflow.reopen(ref, status, fence=fence)

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Move to a done status; its name."""
        return self._workflow.close(ref, fence=fence)

    def priorities(self, ref: TicketRef) -> Sequence[str]:  # noqa: ARG002 - the same for the whole Jira
        """Jira's own list, lowest first; a project's scheme may allow fewer, which the edit then says."""
        return self._screens.priorities()

    def prioritise(self, ref: TicketRef, *, priority: str, fence: Fence) -> None:
        """Set the priority."""
        self._client.edit(ref.id or ref.key, {"fields": {"priority": {"name": priority}}}, fence=fence)

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """Link the ticket to the Sentry issue; the same address twice is one link."""
        self._remarks.link(ref, url=url, title=title, fence=fence)

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> Sequence[str]:
        """Read back, put label and stamp right, and say what could not be put right."""
        return self._mender.mend(ref, draft, fence=fence)

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """`check --live`: ask Jira for everything that the routes name."""
        yield from LiveCheck(self._client, self._screens).check(routes)
