"""The ledger: one live claim, and no change that its state does not allow."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier

import pytest

from tests.store.conftest import ISSUE, MINUTE, NOW, ROUTE, SECOND, Opener
from vedette.model.issues import IssueKey
from vedette.model.tickets import Claim, ClaimState, Ticket, TicketRef, TicketState
from vedette.store import ledger, merges
from vedette.store.database import Store

REF = TicketRef(tracker="jira", key="WB-7", id="10007", url="https://jira.example.test/browse/WB-7")


def claim(store: Store, *, generation: int = 1, track: str = "main", issue: IssueKey = ISSUE) -> Claim | None:
    """Claim a generation."""
    return store.write(
        lambda tx: ledger.claim(
            tx, issue=issue, track=track, generation=generation, route=ROUTE, owner="@acme/wb", now=NOW, as_of=NOW
        )
    )


def begin(store: Store, held: Claim) -> bool:
    """Begin an attempt."""
    return store.write(
        lambda tx: ledger.begin(tx, held.id, watermark="WB-6", attempted_at=NOW, settle_at=NOW + 2 * MINUTE, now=NOW)
    )


def opened(store: Store, held: Claim, ref: TicketRef = REF, *, at: datetime = NOW) -> bool:
    """Record the ticket."""
    return store.write(lambda tx: ledger.opened(tx, held.id, ticket=ref, status="To Do", now=at, as_of=at))


def read(store: Store, held: Claim) -> Claim:
    """The claim as it stands."""
    found = store.read(lambda tx: ledger.get(tx, held.id))
    assert found is not None
    return found


def a_claim(store: Store, **what: object) -> Claim:
    """A claim that must succeed."""
    held = claim(store, **what)  # type: ignore[arg-type]
    assert held is not None
    return held


def seen(state: TicketState, *, at: datetime, closed_at: datetime | None = None, ref: TicketRef = REF) -> Ticket:
    """The ticket as its tracker shows it."""
    return Ticket(ref=ref, as_of=at, state=state, status=state.value, project="WB", closed_at=closed_at)


def refresh(store: Store, held: Claim, ticket: Ticket) -> Claim:
    """Take over a reading."""
    return store.write(lambda tx: ledger.refreshed(tx, held.id, ticket, now=ticket.as_of))


def test_a_claim_keeps_its_route_owner_and_stamp(store: Store) -> None:
    held = a_claim(store)
    assert (held.state, held.route, held.owner, held.ticket) == (ClaimState.CLAIMED, ROUTE, "@acme/wb", None)
    assert held.stamp == "vedette-default-4711-main-1"
    assert store.read(lambda tx: ledger.live(tx, ISSUE, "main")) == held
    assert store.read(lambda tx: ledger.by_stamp(tx, held.stamp)) == held


def test_only_one_of_sixteen_racing_threads_gets_the_claim(store: Store, opener: Opener) -> None:
    stores = (store, opener(), opener(), opener())
    for round_ in range(5):
        start = Barrier(16)
        issue = IssueKey("default", str(round_))

        def race(number: int, start: Barrier = start, issue: IssueKey = issue) -> Claim | None:
            start.wait()
            return claim(stores[number % 4], generation=1 + number % 2, issue=issue)

        with ThreadPoolExecutor(16) as pool:
            won = [one for one in pool.map(race, range(16)) if one is not None]
        assert len(won) == 1


def test_a_second_generation_waits_for_the_first_to_end_and_none_comes_twice(store: Store) -> None:
    first = a_claim(store)
    assert claim(store, generation=2) is None
    assert claim(store, track="security") is not None
    assert store.write(lambda tx: ledger.dropped(tx, first.id, now=NOW))
    assert claim(store, generation=1) is None
    second = a_claim(store, generation=2)
    history = store.read(lambda tx: ledger.history(tx, ISSUE, "main"))
    assert [(one.generation, one.state) for one in history] == [(1, ClaimState.DROPPED), (2, ClaimState.CLAIMED)]
    assert second.generation == 2
    assert len(store.read(lambda tx: ledger.history(tx, ISSUE))) == 3


def test_the_way_of_a_create_that_is_answered(store: Store) -> None:
    held = a_claim(store)
    assert begin(store, held)
    creating = read(store, held)
    assert (creating.state, creating.attempts, creating.watermark) == (ClaimState.CREATING, 1, "WB-6")
    assert not begin(store, held)
    assert opened(store, held)
    found = read(store, held)
    assert (found.state, found.ticket, found.ticket_status) == (ClaimState.OPEN, REF, "To Do")
    assert found.settle_at is None


def test_the_way_of_a_create_without_an_answer(store: Store) -> None:
    held = a_claim(store)
    begin(store, held)
    ended, settle = NOW + SECOND, NOW + 5 * MINUTE
    assert store.write(lambda tx: ledger.uncertain(tx, held.id, ended_at=ended, settle_at=settle, now=NOW))
    found = read(store, held)
    assert (found.state, found.ended_at, found.settle_at) == (ClaimState.UNCERTAIN, ended, settle)
    assert not begin(store, held)
    assert store.write(lambda tx: ledger.absent(tx, held.id, now=NOW))
    assert begin(store, held)
    assert read(store, held).attempts == 2


def test_nothing_reopens_what_was_dropped(store: Store) -> None:
    held = a_claim(store)
    store.write(lambda tx: ledger.dropped(tx, held.id, now=NOW))
    assert not begin(store, held)
    assert not opened(store, held)
    assert not store.write(lambda tx: ledger.absent(tx, held.id, now=NOW))
    assert not store.write(lambda tx: ledger.uncertain(tx, held.id, ended_at=NOW, settle_at=NOW, now=NOW))


def test_an_open_ticket_is_not_dropped(store: Store) -> None:
    held = a_claim(store)
    opened(store, held)
    assert not store.write(lambda tx: ledger.dropped(tx, held.id, now=NOW))


def test_an_older_reading_never_undoes_a_newer_one(store: Store) -> None:
    held = a_claim(store)
    opened(store, held)
    closed = refresh(store, held, seen(TicketState.DONE, at=NOW + 2 * MINUTE, closed_at=NOW + MINUTE))
    assert (closed.state, closed.closed_at, closed.refreshed_at) == (
        ClaimState.DONE,
        NOW + MINUTE,
        NOW + 2 * MINUTE,
    )
    assert refresh(store, held, seen(TicketState.OPEN, at=NOW + MINUTE)) == closed
    again = refresh(store, held, seen(TicketState.OPEN, at=NOW + 3 * MINUTE))
    assert (again.state, again.closed_at, again.as_of) == (ClaimState.OPEN, None, NOW + 3 * MINUTE)


def test_a_moved_ticket_is_found_by_its_id_and_its_new_key(store: Store) -> None:
    held = a_claim(store)
    opened(store, held)
    moved = replace(REF, key="OPS-1")
    refresh(store, held, seen(TicketState.OPEN, at=NOW + MINUTE, ref=moved))
    for what in ({"id": "10007"}, {"key": "OPS-1"}):
        found = store.read(lambda tx, w=what: ledger.by_ticket(tx, "jira", **w))  # type: ignore[misc]
        assert found is not None
        assert found.ticket == moved
    assert store.read(lambda tx: ledger.by_ticket(tx, "jira", key="WB-7")) is None
    assert store.read(lambda tx: ledger.by_ticket(tx, "jira")) is None


def test_a_ticket_reopened_beside_a_live_one_stays_closed_in_the_ledger(store: Store) -> None:
    old = a_claim(store)
    opened(store, old)
    refresh(store, old, seen(TicketState.DONE, at=NOW + MINUTE, closed_at=NOW))
    new = a_claim(store, generation=2)
    found = refresh(store, old, seen(TicketState.OPEN, at=NOW + 2 * MINUTE))
    assert (found.state, found.ticket_status) == (ClaimState.DONE, "open")
    live = store.read(lambda tx: ledger.live(tx, ISSUE, "main"))
    assert live is not None
    assert live.id == new.id


def test_a_deleted_ticket_says_when_it_was_missed(store: Store) -> None:
    held = a_claim(store)
    opened(store, held)
    gone = refresh(store, held, seen(TicketState.GONE, at=NOW + MINUTE))
    assert (gone.state, gone.closed_at) == (ClaimState.GONE, NOW + MINUTE)


def test_refreshing_an_unknown_claim_is_an_error(store: Store) -> None:
    with pytest.raises(LookupError, match="claim 99"):
        store.write(lambda tx: ledger.refreshed(tx, 99, seen(TicketState.OPEN, at=NOW), now=NOW))


def test_the_newest_tickets_of_a_project_come_first(store: Store) -> None:
    for number in range(3):
        held = a_claim(store, issue=IssueKey("default", str(number)))
        if number < 2:
            opened(store, held, replace(REF, key=f"WB-{number}", id=str(number)))
    refs = store.read(lambda tx: ledger.newest_refs(tx, "jira", "WB", limit=5))
    assert [ref.key for ref in refs] == ["WB-1", "WB-0"]


def test_merged_issues_lead_to_the_one_that_is_left_and_circles_end(store: Store) -> None:
    a, b, c = (IssueKey("default", name) for name in ("1", "2", "3"))
    for source, target in ((a, b), (b, c), (c, a), (a, b)):
        store.write(lambda tx, s=source, t=target: merges.alias(tx, s, t, now=NOW))  # type: ignore[misc]
    assert [store.read(lambda tx, k=key: merges.canonical(tx, k)) for key in (a, b, c)] == [c, c, c]  # type: ignore[misc]
    assert store.read(lambda tx: merges.canonical(tx, ISSUE)) == ISSUE


def test_every_claim_can_be_walked_through(store: Store) -> None:
    made = [a_claim(store, issue=IssueKey("default", str(number))).id for number in range(5)]
    walked: list[int] = []
    for _ in range(4):
        after = walked[-1] if walked else 0
        walked += [one.id for one in store.read(lambda tx, a=after: ledger.all_claims(tx, after_id=a, limit=2))]  # type: ignore[misc]
    assert walked == made
