"""What the ledger keeps of growth: each multiple is taken once, and the priority is known as ours or as born."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from tests.store.conftest import ISSUE, NOW, ROUTE
from vedette.model.issues import Baseline, Count, CountSpan
from vedette.model.settings import StoreSettings
from vedette.model.tickets import Claim, Ticket, TicketRef, TicketState
from vedette.store import growth, ledger, migrating
from vedette.store.database import Store, Tx
from vedette.store.tables import metadata

DAY = Baseline(Count(51, 7, CountSpan.WINDOW, "list"), timedelta(hours=24))
LIFE = Baseline(Count(900, None, CountSpan.LIFETIME, "life"))
REF = TicketRef("jira", "WB-1", "10001", "https://jira.example.test/browse/WB-1")


def cut(store: Store) -> Claim:
    def work(tx: Tx) -> Claim | None:
        return ledger.claim(
            tx, issue=ISSUE, track="main", generation=1, route=ROUTE, owner="", now=NOW, as_of=NOW, baselines=(DAY,)
        )

    made = store.write(work)
    assert made is not None
    return made


def read(
    store: Store, claim: Claim, priority: str, *, state: TicketState = TicketState.OPEN, minutes: int = 0
) -> Claim:
    at = NOW + timedelta(minutes=minutes)
    return store.write(lambda tx: ledger.refreshed(tx, claim.id, Ticket(REF, at, state, priority=priority), now=at))


def again(store: Store, claim: Claim) -> Claim:
    found = store.read(lambda tx: ledger.get(tx, claim.id))
    assert found is not None
    return found


def test_a_claim_keeps_the_counts_at_which_it_was_cut(store: Store) -> None:
    claim = cut(store)
    assert (claim.baselines, claim.grown, claim.priority, claim.raising) == ((DAY,), 0, None, "")


def test_a_baseline_of_another_kind_stands_beside_the_first_and_none_is_replaced(store: Store) -> None:
    claim = cut(store)
    later = Baseline(Count(9999, 99, CountSpan.WINDOW, "list"), timedelta(hours=24))
    for each in ((LIFE,), (later,), (LIFE, later)):
        store.write(lambda tx, each=each: growth.measured(tx, claim.id, each))  # type: ignore[misc]
    assert again(store, claim).baselines == (DAY, LIFE)


def test_a_ticket_that_no_list_of_changes_names_is_known_as_of_then_and_was_not_read_then(store: Store) -> None:
    claim = read(store, cut(store), "High")
    later = NOW + timedelta(minutes=15)
    store.write(lambda tx: growth.unchanged(tx, [*range(10_000, 11_200), claim.id], at=later))
    found = again(store, claim)
    assert (found.refreshed_at, found.unchanged_at, found.known_at) == (NOW, later, later)
    assert read(store, claim, "High", minutes=20).known_at == NOW + timedelta(minutes=20)


def test_of_many_who_would_tell_of_one_multiple_one_may(store: Store) -> None:
    claim = cut(store)
    with ThreadPoolExecutor(8) as pool:
        steps = [3] * 8
        told = list(pool.map(lambda step: store.write(lambda tx: growth.grown(tx, claim.id, step=step)), steps))
    assert told.count(True) == 1
    assert store.write(lambda tx: growth.grown(tx, claim.id, step=10))
    assert not store.write(lambda tx: growth.grown(tx, claim.id, step=3))
    assert again(store, claim).grown == 10


def test_the_first_reading_tells_what_the_ticket_was_born_with(store: Store) -> None:
    claim = cut(store)
    assert read(store, claim, "Medium").priority == "Medium"
    assert read(store, claim, "Low", minutes=1).priority == "Medium"


def test_a_deleted_ticket_tells_of_no_priority(store: Store) -> None:
    assert read(store, cut(store), "", state=TicketState.GONE).priority is None


def test_a_raise_is_written_down_before_it_is_sent_and_ours_after(store: Store) -> None:
    claim = cut(store)
    store.write(lambda tx: growth.raising(tx, claim.id, priority="High", born_with="Medium"))
    assert (again(store, claim).priority, again(store, claim).raising) == ("Medium", "High")
    store.write(lambda tx: growth.prioritised(tx, claim.id, priority="High"))
    assert (again(store, claim).priority, again(store, claim).raising) == ("High", "")


def test_claims_of_an_older_store_are_kept_and_were_measured_by_nothing(empty_settings: StoreSettings) -> None:
    columns = ("baselines", "grown", "priority", "raising")
    with Store.open(empty_settings) as store:
        claim = cut(store)

        def older(tx: Tx) -> None:
            for name in (*columns, "unchanged_at"):
                tx.execute(sa.text(f"ALTER TABLE claims DROP COLUMN {name}"))
            tx.execute(sa.text("ALTER TABLE alarms DROP COLUMN notify"))
            later = ("windows", "sums", "asked", "progress", "known_issues", "outcome_hours")
            for table in (*later, *(name for name in metadata.tables if name.startswith("access_"))):
                tx.execute(sa.text(f"DROP TABLE {table}"))
            tx.execute(sa.text("UPDATE alembic_version SET version_num = '0008_handshakes'"))

        store.write(older)
        store.write(migrating.upgrade)
        found = again(store, claim)
        assert (found.stamp, found.route) == (claim.stamp, ROUTE)
        assert (found.baselines, found.grown, found.priority, found.raising) == ((), 0, None, "")
        assert found.known_at == claim.refreshed_at
