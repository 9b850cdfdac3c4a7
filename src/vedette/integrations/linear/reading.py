"""Reading: Linear's issue as JSON → a ticket, tolerantly."""

from collections.abc import Iterable
from datetime import UTC, datetime

from vedette.integrations.linear.identity import Identity
from vedette.integrations.linear.outcomes import Json
from vedette.model.tickets import Ticket, TicketRef, TicketState

# A duplicate was closed because the work goes on elsewhere: cutting it anew would annoy whoever said so.
_STATES = {"completed": TicketState.DONE, "canceled": TicketState.WONT_DO, "duplicate": TicketState.WONT_DO}
CLOSED = frozenset(_STATES)


# Linear's numbers: https://linear.app/docs/priority; 0 is none.
PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")


class Reader:
    """Makes tickets of one workspace."""

    def __init__(self, name: str, identity: Identity) -> None:
        self._name = name
        self._identity = identity

    def ref(self, issue: Json) -> TicketRef:
        """A reference to an issue."""
        return TicketRef(
            tracker=self._name, key=str(issue["identifier"]), id=str(issue["id"]), url=str(issue.get("url") or "")
        )

    def ticket(self, issue: Json, *, as_of: datetime, stamp: str = "") -> Ticket:
        """A ticket; `stamp` is the one that is looked for, so that its id tells it even from an emptied text."""
        state = state_of(issue)
        issue_id = str(issue["id"])
        known = stamp if stamp and self._identity.issue(stamp) == issue_id else ""
        return Ticket(
            ref=self.ref(issue),
            as_of=as_of,
            state=state,
            title=str(issue.get("title") or ""),
            status=str((issue.get("state") or {}).get("name") or ""),
            project=str((issue.get("team") or {}).get("key") or ""),
            labels=tuple(str(each["name"]) for each in nodes(issue.get("labels"))),
            stamp=known or self._identity.stamp(issue_id, str(issue.get("description") or "")),
            created_at=moment(issue.get("createdAt")),
            closed_at=None if state is TicketState.OPEN else _closed_at(issue),
            priority=_priority(issue),
            changed_at=moment(issue.get("updatedAt")),
        )

    def gone(self, ref: TicketRef, *, as_of: datetime) -> Ticket:
        """A ticket that is no more."""
        return Ticket(ref=ref, as_of=as_of, state=TicketState.GONE)


def state_of(issue: Json) -> TicketState:
    """What the type of the status means, never its name.

    Linear archives closed issues by itself after some months: they stay what they were. What is in the trash, or was
    archived while open, is gone.
    """
    state = _STATES.get(type_of(issue), TicketState.OPEN)
    if issue.get("trashed") or (issue.get("archivedAt") and state is TicketState.OPEN):
        return TicketState.GONE
    return state


def _priority(issue: Json) -> str:
    """The name of an issue's priority; "" for none."""
    number = issue.get("priority")
    known = isinstance(number, int | float) and number in range(1, len(PRIORITIES))
    return PRIORITIES[int(number)] if known else ""  # type: ignore[arg-type]  # `known` says what it is


def type_of(issue: Json) -> str:
    """The type of an issue's status."""
    return str((issue.get("state") or {}).get("type") or "")


def nodes(connection: Json | None) -> list[Json]:
    """The entries of one of Linear's lists."""
    return list((connection or {}).get("nodes") or ())


def oldest_first(tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    """Tickets by their creation, then by their id."""
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(tickets, key=lambda each: (each.created_at or never, each.ref.id)))


def moment(text: object) -> datetime | None:
    """Linear's date (2026-11-20T12:34:56.789Z), or None where it is none."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _closed_at(issue: Json) -> datetime | None:
    dates = (issue.get(name) for name in ("completedAt", "canceledAt", "archivedAt", "updatedAt"))
    return next((at for at in map(moment, dates) if at), None)
