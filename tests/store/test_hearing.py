"""What hooks spoke of waits in the ledger until it is read, and nothing waits that is not ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from vedette.model.issues import IssueKey
from vedette.model.settings import StoreSettings
from vedette.model.tickets import Claim, Route, Ticket, TicketRef, TicketState
from vedette.store import hearing, ledger, migrating
from vedette.store.database import Store, Tx

NOW = datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
REF = TicketRef("jira", "PAY-1", "10001", "https://jira.example.test/browse/PAY-1")


@pytest.fixture
def store(empty_settings: StoreSettings) -> Iterator[Store]:
    with Store.open(empty_settings) as opened:
        yield opened


def opened(store: Store, issue: str = "1", ref: TicketRef = REF) -> Claim:
    def work(tx: Tx) -> Claim | None:
        key, route = IssueKey("default", issue), Route("jira", "PAY")
        made = ledger.claim(tx, issue=key, track="main", generation=1, route=route, owner="", now=NOW, as_of=NOW)
        assert made is not None
        ledger.opened(tx, made.id, ticket=ref, status="To Do", now=NOW, as_of=NOW)
        return ledger.get(tx, made.id)

    found = store.write(work)
    assert found is not None
    return found


def waiting(store: Store) -> list[str]:
    return [claim.ticket.id for claim in store.read(lambda tx: hearing.waiting(tx, "jira", limit=9)) if claim.ticket]


def heard(store: Store, names: list[str], *, at: datetime = NOW, tracker: str = "jira") -> int:
    return store.write(lambda tx: hearing.heard(tx, hearing.ours(tx, tracker, names), at=at))


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_only_tickets_of_ours_and_of_this_tracker_wait(store: Store) -> None:
    opened(store)
    asked = ["10001", "99", ""]
    for names in (asked, ["PAY-1"], ["10001", "PAY-1"]):
        assert len(store.read(lambda tx, names=names: hearing.ours(tx, "jira", names))) == 1  # type: ignore[misc]
    assert store.read(lambda tx: hearing.ours(tx, "other", asked)) == []
    assert heard(store, asked, at=later(1)) == 1
    assert waiting(store) == ["10001"]


def test_what_was_read_since_is_not_read_again(store: Store) -> None:
    claim = opened(store)
    ticket = Ticket(REF, later(5), TicketState.OPEN)
    store.write(lambda tx: ledger.refreshed(tx, claim.id, ticket, now=later(5)))
    assert heard(store, ["10001"], at=later(4)) == 0
    assert waiting(store) == []
    assert heard(store, ["10001"], at=later(6)) == 1
    assert waiting(store) == ["10001"]


def test_what_is_heard_while_the_ticket_is_read_waits_on(store: Store) -> None:
    claim = opened(store)
    heard(store, ["10001"], at=later(1))
    heard(store, ["10001"], at=later(3))
    heard(store, ["10001"], at=later(2))
    store.write(lambda tx: hearing.answered(tx, [claim.id], before=later(2.5)))
    assert waiting(store) == ["10001"]
    store.write(lambda tx: hearing.answered(tx, [claim.id], before=later(3)))
    assert waiting(store) == []


def test_many_are_waited_for_in_pages(store: Store) -> None:
    refs = [TicketRef("jira", f"PAY-{n}", str(n), "") for n in range(1, 6)]
    claims = [opened(store, str(n), ref) for n, ref in enumerate(refs)]
    heard(store, [ref.id for ref in refs], at=later(1))
    page = store.read(lambda tx: hearing.waiting(tx, "jira", after_id=claims[1].id, limit=2))
    assert [claim.id for claim in page] == [claims[2].id, claims[3].id]


def test_a_store_with_claims_gets_the_column_and_nothing_waits(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = sa.create_engine(url)
    with engine.begin() as tx:
        migrating.upgrade(tx, to="0001_first")
        values = dict.fromkeys(("instance", "issue", "track", "tracker", "project", "owner", "stamp"), "1")
        values |= {"state": "open", "route": '{"tracker":"jira","project":"PAY"}', "ticket_id": "7"}
        values |= dict.fromkeys(("ticket_key", "ticket_url", "ticket_status", "watermark"), "")
        numbers = {"generation": 1, "created_at": 1, "as_of": 1, "attempts": 1}
        columns, marks = ", ".join([*values, *numbers]), ", ".join(f":{name}" for name in [*values, *numbers])
        tx.execute(sa.text(f"INSERT INTO claims ({columns}) VALUES ({marks})"), values | numbers)
    engine.dispose()
    with Store.open(StoreSettings(url=url)) as store:
        assert waiting(store) == []
        assert heard(store, ["7"], tracker="1") == 1
