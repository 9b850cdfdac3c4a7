"""Reading: GitHub's issue as JSON → a ticket, tolerantly."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from vedette.errors import Refused
from vedette.integrations.github.client import Json
from vedette.integrations.github.marker import read_ticket
from vedette.integrations.github.statuses import DUPLICATE, NOT_PLANNED, OPEN, Statuses, labels_of, state_of
from vedette.integrations.github.text import has_link
from vedette.model.tickets import Ticket, TicketRef, TicketState

_API = re.compile(r"/repos/([^/]+/[^/]+)(?:/issues/\d+)?$")


class Reader:
    """Makes tickets of one GitHub."""

    def __init__(self, name: str, statuses: Statuses) -> None:
        self._name = name
        self._statuses = statuses

    def ref(self, issue: Json, *, ticket_id: str = "") -> TicketRef:
        """A reference: its key is the address (owner/repository#number), its id what the marker says."""
        key = key_of(issue)
        known = ticket_id or read_ticket(body_of(issue))[1] or key
        return TicketRef(tracker=self._name, key=key, id=known, url=str(issue.get("html_url") or ""))

    def ticket(self, issue: Json, *, as_of: datetime, ticket_id: str = "") -> Ticket:
        """A ticket from an issue; `ticket_id` is the id that it is already known by."""
        state = state_of(issue)
        return Ticket(
            ref=self.ref(issue, ticket_id=ticket_id),
            as_of=as_of,
            state=_STATES.get(state, TicketState.DONE),
            title=str(issue.get("title") or ""),
            status=self._statuses.of(issue),
            resolution="" if state == OPEN else state,
            project=repository_of(issue),
            labels=tuple(labels_of(issue)),
            stamp=read_ticket(body_of(issue))[0],
            created_at=moment(issue.get("created_at")),
            closed_at=None if state == OPEN else moment(issue.get("closed_at")) or moment(issue.get("updated_at")),
            changed_at=moment(issue.get("updated_at")),
        )

    def distinct(self, issues: Iterable[Json], *, as_of: datetime) -> tuple[Ticket, ...]:
        """Tickets, oldest first. Where somebody copied a body, marker and all, only the oldest keeps its id."""
        tickets = sorted((self.ticket(each, as_of=as_of) for each in unique(issues)), key=_age)
        first: dict[str, str] = {}
        for ticket in tickets:
            first.setdefault(ticket.ref.id, ticket.ref.key)
        return tuple(each if first[each.ref.id] == each.ref.key else _by_address(each) for each in tickets)


# A duplicate was closed because the work goes on elsewhere: cutting it anew would annoy whoever said so.
_STATES = {OPEN: TicketState.OPEN, NOT_PLANNED: TicketState.WONT_DO, DUPLICATE: TicketState.WONT_DO}


def body_of(issue: Json) -> str:
    """The body of an issue or a comment; GitHub keeps the line ends that a browser sent."""
    return str(issue.get("body") or "").replace("\r\n", "\n")


def author_of(issue: Json) -> str:
    """The login of whoever made an issue or a comment."""
    return str((issue.get("user") or {}).get("login") or "")


def repository_of(issue: Json) -> str:
    """`owner/repository` that an issue is in now."""
    for name in ("repository_url", "url"):
        if found := _API.search(str(issue.get(name) or "")):
            return found[1]
    return ""


def key_of(issue: Json) -> str:
    """An issue's address, as people write it."""
    return f"{repository_of(issue)}#{issue.get('number')}"


def address(key: str) -> tuple[str, int]:
    """Repository and number of an address; raises `Refused` for anything else."""
    repository, _, number = key.rpartition("#")
    if not repository or not number.isdecimal():
        raise Refused(f"{key!r} is no address of an issue, such as owner/repository#12", status=400)
    return repository, int(number)


def carries(issue: Json, stamp: str) -> bool:
    """Whether an issue carries this very stamp."""
    return read_ticket(body_of(issue))[0] == stamp


def names_link(issue: Json, link: str) -> bool:
    """Whether an issue that lost its marker names the Sentry issue."""
    text = f"{issue.get('title') or ''}\n{body_of(issue)}"
    return not read_ticket(body_of(issue))[0] and has_link(text, link)


def is_issue(issue: Json) -> bool:
    """Lists of issues hold pull requests too."""
    return "pull_request" not in issue


def unique(issues: Iterable[Json]) -> list[Json]:
    """Each issue once: a list shifts under its pages while issues are made."""
    return list({key_of(each): each for each in issues}.values())


def moment(text: object) -> datetime | None:
    """GitHub's date (2026-11-20T12:34:56Z), or None where it is none."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _by_address(ticket: Ticket) -> Ticket:
    return replace(ticket, ref=replace(ticket.ref, id=ticket.ref.key))


def _age(ticket: Ticket) -> tuple[datetime, int]:
    return ticket.created_at or datetime.max.replace(tzinfo=UTC), address(ticket.ref.key)[1]
