"""Proof: whether an attempt whose answer was lost left a task, read from the lists of projects.

The law: the workspace's search is never asked, since it lags by a minute; a project's list is consistent at once. And
silence is proof only where the project was really read.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from vedette.errors import Refused, Unavailable
from vedette.integrations.asana.client import AsanaClient, Json
from vedette.integrations.asana.places import Places
from vedette.integrations.asana.reading import Reader, has_link, moment, oldest_first
from vedette.model.tickets import Ticket, TicketDraft
from vedette.ports.roles import Absent, Found

# Between this machine's clock and Asana's.
CLOCK_SLACK = timedelta(minutes=5)
# A search comes after a look and is its second witness: attempts are settled within hours.
_SEARCHED = timedelta(days=7)
_OUT_OF_SIGHT = (403, 404)


class Proof:
    """Looks and searches of one workspace."""

    def __init__(self, client: AsanaClient, reader: Reader, places: Places, *, external: bool) -> None:
        self._client = client
        self._reader = reader
        self._places = places
        self._external = external

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:
        """Every task touched since the attempt that is the draft's, oldest first: in its project, then everywhere."""
        as_of, since = datetime.now(UTC), attempted_at - CLOCK_SLACK
        if not watermark.isdecimal():
            raise Refused(f"no watermark to start a proof from: {watermark!r} is not the gid of a project")

        def ours(task: Json) -> bool:
            return self._is(task, draft, since=since)

        found = [each for each in self._there(watermark, since=since) if ours(each)]
        if found:
            return Found(tickets=self._tickets(found, as_of=as_of), witness=f"read the tasks of project {watermark}")
        # A person or a rule may have moved it meanwhile.
        others = [gid for gid in self._places.everywhere() if gid != watermark]
        found = [*self._own(draft.stamp), *self._among(others, ours, since=since)]
        witness = f"read the tasks changed since {since:%H:%M:%S} UTC in project {watermark} and {len(others)} more"
        return Found(tickets=self._tickets(found, as_of=as_of), witness=witness) if found else Absent(witness=witness)

    def search(self, *, stamp: str, link: str) -> tuple[Ticket, ...]:
        """Tasks of the last week with the stamp; where none has it, those with the link and without any stamp."""
        as_of = datetime.now(UTC)
        known = {str(task["gid"]): task for task in self._own(stamp)}
        near = self._among(
            self._places.everywhere(),
            lambda task: self._reader.stamp(task) == stamp or has_link(task, link),
            since=as_of - _SEARCHED,
        )
        known |= {str(task["gid"]): task for task in near}
        stamped = [task for task in known.values() if self._reader.stamp(task) == stamp]
        return self._tickets(stamped or [each for each in known.values() if not self._reader.stamp(each)], as_of=as_of)

    def stamped(self, *, since: datetime) -> Iterator[Ticket]:
        """Every task with a stamp that was touched since then."""
        as_of = datetime.now(UTC)
        found = self._among(self._places.everywhere(), lambda task: bool(self._reader.stamp(task)), since=since)
        yield from self._tickets(found, as_of=as_of)

    def _there(self, project: str, *, since: datetime) -> list[Json]:
        try:
            return list(self._client.tasks(project, modified_since=since))
        except Refused as refusal:
            raise Unavailable(
                f"{self._client.name}: the tasks of project {project} cannot be read, so that absence cannot be "
                f"proven: give the token's account access to it ({refusal})"
            ) from None

    def _among(self, projects: Iterable[str], wanted: Callable[[Json], bool], *, since: datetime) -> list[Json]:
        found: dict[str, Json] = {}
        for project in projects:
            found |= {str(task.get("gid")): task for task in self._seen(project, since=since) if wanted(task)}
        return list(found.values())

    def _seen(self, project: str, *, since: datetime) -> list[Json]:
        try:
            return list(self._client.tasks(project, modified_since=since))
        except Refused as refusal:
            if refusal.status not in _OUT_OF_SIGHT:
                raise
            return []  # archived, deleted or made private since its name was read

    def _own(self, stamp: str) -> list[Json]:
        """The task that holds the stamp as an app's own data, read by it."""
        if not self._external:
            return []
        try:
            return [self._client.task(f"external:{stamp}")]
        except Refused as refusal:
            if refusal.status not in _OUT_OF_SIGHT:
                raise
            return []

    def _is(self, task: Json, draft: TicketDraft, *, since: datetime) -> bool:
        kept = self._reader.stamp(task)
        if kept:
            return kept == draft.stamp
        created = moment(task.get("created_at"))
        return (created is None or created >= since) and has_link(task, draft.link)

    def _tickets(self, tasks: Iterable[Json], *, as_of: datetime) -> tuple[Ticket, ...]:
        once = {str(task.get("gid")): task for task in tasks}
        return oldest_first(self._reader.ticket(task, as_of=as_of) for task in once.values())
