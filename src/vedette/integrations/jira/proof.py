"""Proof: whether an attempt whose answer was lost left a ticket, read by key, past Jira's lagging index.

The law: silence is proof only where we are known to see the project, since Jira answers 404 for "not there" and for
"not for you" alike.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from vedette.errors import Refused, Unavailable
from vedette.integrations.jira import jql
from vedette.integrations.jira.client import JiraClient, Json
from vedette.integrations.jira.reading import Reader, carries, has_link, moment, stamp
from vedette.model.tickets import Ticket, TicketDraft, TicketRef
from vedette.ports.roles import Absent, Found

# Numbers are given out one by one; a create that was rolled back leaves a gap. 25 empty ones in a row end the probe.
MISSES = 25
_BATCH = 50
# Between this machine's clock and Jira's. Only tickets above the watermark are weighed, so it may be generous.
CLOCK_SLACK = timedelta(minutes=5)


class Proof:
    """Watermarks and looks of one Jira."""

    def __init__(self, client: JiraClient, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    def watermark(self, project: str, *, known: Sequence[TicketRef]) -> str:
        """The highest number of the project that the index or the ledger knows, as `KEY:number`."""
        project = project.upper()  # as every key is written; a key in small letters is found, but answers differently
        newest = self._client.search(f"project = {jql.quoted(project)} ORDER BY key DESC", fields=["created"], most=1)
        keys = [str(issue.get("key")) for issue in newest] + [ref.key for ref in known]
        return f"{project}:{max((_number(key) for key in keys if _project(key) == project), default=0)}"

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:
        """Every ticket after the watermark that is the draft's, oldest first; raises where silence proves nothing."""
        project, number = _read(watermark)
        as_of = datetime.now(UTC)
        issues, last = self._probe(project, number)
        ours = [issue for issue in issues if _ours(issue, draft, since=attempted_at - CLOCK_SLACK)]
        witness = f"read {project}-{number + 1} to {project}-{last} by key"
        if ours:
            return Found(
                tickets=oldest_first(self._reader.ticket(issue, as_of=as_of) for issue in ours), witness=witness
            )
        if "BROWSE_PROJECTS" not in self._client.permissions(project, ["BROWSE_PROJECTS"]):
            raise Unavailable(
                f"{self._client.name}: project {project} cannot be browsed, so that absence cannot be proven: give the "
                "bot the permission Browse Projects there"
            )
        return Absent(witness=witness)

    def _probe(self, project: str, number: int) -> tuple[list[Json], int]:
        """The issues after a number until `MISSES` in a row are not there, and the last number asked for."""
        found: dict[str, Json] = {}
        misses = 0
        size = _BATCH if self._client.cloud else 1
        while misses < MISSES:
            numbers = range(number + 1, number + size + 1)
            keys = [f"{project}-{each}" for each in numbers]
            answers = {str(issue.get("key")): issue for issue in self._client.issues(keys)}
            found |= {str(issue.get("id")): issue for issue in answers.values()}
            misses = _misses(misses, keys, answers)
            number = numbers[-1]
        return list(found.values()), number


def _misses(before: int, keys: Sequence[str], answers: dict[str, Json]) -> int:
    """Empty numbers in a row at the end of these keys."""
    # A moved issue answers under its new key, so that nobody can say which of the numbers it stood for.
    if answers.keys() - set(keys):
        return 0
    trailing = next((place for place, key in enumerate(reversed(keys)) if key in answers), None)
    return before + len(keys) if trailing is None else trailing


def _ours(issue: Json, draft: TicketDraft, *, since: datetime) -> bool:
    if carries(issue, draft.stamp):
        return True
    fields = issue.get("fields") or {}
    created = moment(fields.get("created"))
    recent = created is None or created >= since
    return not stamp(issue) and recent and has_link(str(fields.get("summary") or ""), draft.link)


def oldest_first(tickets: Iterator[Ticket]) -> tuple[Ticket, ...]:
    """Tickets by their creation, then by their id, which Jira counts upwards."""
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(tickets, key=lambda each: (each.created_at or never, len(each.ref.id), each.ref.id)))


def _read(watermark: str) -> tuple[str, int]:
    project, _, number = watermark.rpartition(":")
    if not project or not number.isdecimal():
        raise Refused(f"no watermark to start a proof from: {watermark!r} is not of the form KEY:number")
    return project, int(number)


def _project(key: str) -> str:
    return key.rpartition("-")[0].upper()


def _number(key: str) -> int:
    number = key.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
