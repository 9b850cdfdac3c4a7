"""Which statuses count as open where a policy names them; one row a story."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.rules.test_deciding import claim
from vedette.model.tickets import ClaimState, Ticket, TicketRef, TicketState
from vedette.rules.active import as_seen

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MOVED = NOW - timedelta(hours=2)
ACTIVE = ("Need Triage", "In progress", "Ready for Eng")
READ = Ticket(TicketRef("jira", "WB-1", "1", ""), NOW, TicketState.OPEN, status="In Review", changed_at=MOVED)
KNOWN = replace(claim(ClaimState.OPEN), ticket_status="In progress")
CLOSED = replace(claim(ClaimState.DONE), ticket_status="In Review", closed_at=MOVED - timedelta(days=1))


@pytest.mark.parametrize(
    ("story", "ticket", "before", "state", "closed_at"),
    [
        ("a status that is not named counts as closed", READ, KNOWN, TicketState.DONE, MOVED),
        ("case does not count", replace(READ, status="in PROGRESS"), KNOWN, TicketState.OPEN, None),
        ("one that stays closed keeps its closing", READ, CLOSED, TicketState.DONE, CLOSED.closed_at),
        ("one that comes back is open", replace(READ, status="Need Triage"), CLOSED, TicketState.OPEN, None),
        (
            "a name outdoes the tracker's category",
            replace(READ, status="In progress", state=TicketState.DONE, closed_at=MOVED),
            KNOWN,
            TicketState.OPEN,
            None,
        ),
        (
            "won't do stays won't do",
            replace(READ, status="Rejected", state=TicketState.WONT_DO, closed_at=MOVED),
            KNOWN,
            TicketState.WONT_DO,
            MOVED,
        ),
        (
            "what a ticket was born in is open until it was known in an active status",
            replace(READ, status="To Do"),
            replace(KNOWN, ticket_status=""),
            TicketState.OPEN,
            None,
        ),
        ("a deleted one is gone", replace(READ, state=TicketState.GONE), KNOWN, TicketState.GONE, None),
        ("without a status the tracker has the word", replace(READ, status=""), KNOWN, TicketState.OPEN, None),
        (
            "without a last change it is the reading",
            replace(READ, changed_at=None),
            KNOWN,
            TicketState.DONE,
            NOW,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_reading_is_seen_by_the_names(
    story: str, ticket: Ticket, before: object, state: TicketState, closed_at: datetime | None
) -> None:
    seen = as_seen(ticket, before=before, active=ACTIVE)  # type: ignore[arg-type]
    assert (seen.state, seen.closed_at) == (state, closed_at), story


def test_without_names_the_trackers_own_word_holds() -> None:
    assert as_seen(READ, before=KNOWN, active=()) is READ
