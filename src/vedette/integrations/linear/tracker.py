"""Tracker: Linear in the role that keeps tickets.

The law: a ticket's id is known before it exists, so that a create may be sent again at any time and makes one ticket.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from vedette.errors import Refused
from vedette.integrations.linear.catalogue import Catalogue
from vedette.integrations.linear.catalogue import priority as number_of
from vedette.integrations.linear.client import MOST_AT_ONCE, LinearClient, missing
from vedette.integrations.linear.config import Config
from vedette.integrations.linear.drafting import OUR_LABEL, Drafting, minimal
from vedette.integrations.linear.identity import Identity
from vedette.integrations.linear.live_check import LiveCheck
from vedette.integrations.linear.mending import Mender
from vedette.integrations.linear.outcomes import Json
from vedette.integrations.linear.reading import PRIORITIES, Reader, oldest_first
from vedette.integrations.linear.remarks import Remarks
from vedette.integrations.linear.workflow import Workflow
from vedette.model.document import Document
from vedette.model.ownership import Finding
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import Route, Ticket, TicketDraft, TicketRef, TicketState
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Found


class LinearTracker:
    """One workspace. See `vedette.ports.roles.Tracker` for what each method promises."""

    def __init__(self, name: str, config: Config, *, timeout: timedelta = timedelta(seconds=20)) -> None:
        self._name = name
        self._client = LinearClient(name, config, timeout=timeout)
        self._identity = Identity(lambda: self._client.organization)
        self._reader = Reader(name, self._identity)
        self._catalogue = Catalogue(self._client)
        self._drafting = Drafting(self._client, self._catalogue, self._identity)
        self._workflow = Workflow(self._client)
        self._remarks = Remarks(self._client, self._identity)
        self._mender = Mender(self._client, self._catalogue, self._drafting)

    @classmethod
    def from_settings(cls, settings: TrackerSettings) -> "LinearTracker":
        """A tracker as the settings describe it."""
        return cls(settings.name, settings.config, timeout=settings.timeout)

    @property
    def name(self) -> str:
        """The tracker's name in the settings."""
        return self._name

    def close_connections(self) -> None:
        """Let the connections go."""
        self._client.close()

    def watermark(self, draft: TicketDraft, *, known: Sequence[TicketRef]) -> str:  # noqa: ARG002 - the role's shape
        """The id that the ticket will have."""
        return self._identity.issue(draft.stamp)

    def create(self, draft: TicketDraft, *, fence: Fence) -> TicketRef:
        """Create the issue under its own id; where that is taken, it is the ticket of an earlier attempt."""
        fields = self._drafting.fields(draft, fence=fence)
        try:
            return self._reader.ref(self._client.create(fields, fence=fence))
        except Refused as refusal:
            if not missing(refusal):
                raise
            return self._present(str(fields["id"])) or self._with_less(fields, refusal, fence=fence)

    def _present(self, issue_id: str) -> TicketRef | None:
        found = self._client.issues([issue_id])
        return self._reader.ref(found[0]) if found else None

    def _with_less(self, fields: Json, refusal: Refused, *, fence: Fence) -> TicketRef:
        """Create with what is needed alone: a status or a person that went away must not cost the ticket."""
        self._catalogue.forget()
        try:
            return self._reader.ref(self._client.create(minimal(fields), fence=fence))
        except Refused:
            raise refusal from None

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:  # noqa: ARG002
        """Read the id that the attempt was given."""
        issue_id = watermark or self._identity.issue(draft.stamp)
        witness = f"read {issue_id} by id"
        found = self._client.issues([issue_id])
        if not found:
            return Absent(witness=witness)
        return Found(
            tickets=tuple(self._reader.ticket(each, as_of=datetime.now(UTC), stamp=draft.stamp) for each in found),
            witness=witness,
        )

    def search(self, *, stamp: str, link: str) -> Sequence[Ticket]:
        """The ticket of that id, else standing tickets without any stamp that the link is attached to."""
        as_of = datetime.now(UTC)
        stamped = self._client.issues([self._identity.issue(stamp)])
        linked = [] if stamped else self._client.linked(link)
        tickets = oldest_first(self._reader.ticket(each, as_of=as_of, stamp=stamp) for each in (*stamped, *linked))
        return tuple(each for each in tickets if each.state is not TicketState.GONE and each.stamp in ("", stamp))

    def stamped(self, *, since: datetime) -> Iterator[Ticket]:
        """Tickets with our label that changed since then."""
        now = datetime.now(UTC)
        for issue in self._client.labelled(OUR_LABEL, since=since):
            yield self._reader.ticket(issue, as_of=now)

    def read(self, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
        """Tickets by id. One that is not found in a team that we can see is GONE.

        Raises `Refused` where the whole team cannot be seen, since then nothing is proven.
        """
        as_of = datetime.now(UTC)
        asked = {ref.id or ref.key: ref for ref in refs}
        found = {str(each["id"]): each for each in self._client.issues([ref.id for ref in refs if ref.id])}
        tickets = {issue_id: self._reader.ticket(each, as_of=as_of) for issue_id, each in found.items()}
        return {name: tickets.get(name) or self._read_again(ref, as_of=as_of) for name, ref in asked.items()}

    def _read_again(self, ref: TicketRef, *, as_of: datetime) -> Ticket:
        issue = None if ref.id else self._by_key(ref.key)
        if issue is not None:
            return self._reader.ticket(issue, as_of=as_of)
        team = ref.key.rpartition("-")[0]
        if self._client.team(team) is None:
            raise Refused(
                f"{self._name}: {ref.key} cannot be read and is not known to be deleted, since the team {team} cannot "
                "be seen: add the token's account to it",
                status=403,
            )
        return self._reader.gone(ref, as_of=as_of)

    def _by_key(self, key: str) -> Json | None:
        try:
            return self._client.issue(key)
        except Refused as refusal:
            if not missing(refusal):
                raise
            return None

    @property
    def reads_at_once(self) -> int:
        """As many as one query names by id."""
        return MOST_AT_ONCE

    def changed(self, refs: Sequence[TicketRef], *, since: datetime) -> Mapping[str, Ticket]:
        """Those with our label that Linear lists as updated; the list is no index and does not lag."""
        wanted = {ref.id for ref in refs}
        return {ticket.ref.id: ticket for ticket in self.stamped(since=since) if ticket.ref.id in wanted}

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Comment once per marker."""
        self._remarks.comment(ref, text, marker=marker, fence=fence)

    def transition(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Move to the status of that name; the new status' name."""
        return self._workflow.move(ref, status, fence=fence)

    def reopen(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Move out of the closed statuses; the new status' name."""
        return self._workflow.reopen(ref, status, fence=fence)

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Move to a completed status; its name."""
        return self._workflow.close(ref, fence=fence)

    def priorities(self, ref: TicketRef) -> Sequence[str]:  # noqa: ARG002 - the same for every team
        """Linear's own four, lowest first."""
        return tuple(reversed(PRIORITIES[1:]))

    def prioritise(self, ref: TicketRef, *, priority: str, fence: Fence) -> None:
        """Set the priority, which Linear keeps as a number."""
        number = number_of(priority)
        if number is None:
            raise Refused(f"{ref.key}: Linear has no priority {priority!r}: {', '.join(PRIORITIES)}", status=400)
        self._client.update(ref.id or ref.key, {"priority": number}, fence=fence)

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """Attach the Sentry issue; the same address twice is one attachment."""
        self._remarks.link(ref, url=url, title=title, fence=fence)

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> Sequence[str]:
        """Read back, put labels and stamp right, and say what could not be put right."""
        return self._mender.mend(ref, draft, fence=fence)

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """`check --live`: ask Linear for everything that the routes name."""
        yield from LiveCheck(self._client, self._catalogue).check(routes)
