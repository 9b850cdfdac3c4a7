"""What a tracker says of a ticket enters the ledger in one place, and what follows is written once."""

import ast
import threading
from dataclasses import replace
from datetime import timedelta

from tests.flows.conftest import Desk
from tests.house.sources import PACKAGE
from vedette.flows.context import wall_clock
from vedette.flows.reading import take
from vedette.flows.reconcile import audit_job
from vedette.model.tickets import Claim, ClaimState, Ticket, TicketState
from vedette.sandbox.sentry import payloads
from vedette.store import queue

CHANGES = ["ticket_closed", "ticket_closed_wont_do", "ticket_open_again", "ticket_gone"]


def standing(desk: Desk) -> Claim:
    desk.deliver(payloads.event_alert(desk.seed()), request_id="first")
    desk.settle()
    (claim,) = desk.claims()
    return claim


def changes(desk: Desk) -> list[str]:
    return [reason for reason in reversed(desk.reasons()) if reason in CHANGES]


def audit(desk: Desk) -> None:
    desk.app.store.write(lambda tx: queue.enqueue(tx, audit_job("jira"), now=wall_clock()))
    desk.settle()


def test_nobody_calls_the_ledgers_refreshed_but_the_one_door_and_who_adopts_a_lost_ticket() -> None:
    callers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "refreshed" and ast.unparse(node.value) == "ledger"
    }
    # What is adopted was just claimed: nothing about it changed, so that nothing follows.
    assert callers == {"flows/reading.py", "flows/adopting.py"}


def test_a_closing_and_a_reopening_by_a_person_stand_in_the_journal_once_each(desk: Desk) -> None:
    standing(desk)
    desk.close("PAY-1")
    audit(desk)
    audit(desk)
    assert changes(desk) == ["ticket_closed"]
    desk.reopen("PAY-1")
    audit(desk)
    assert changes(desk) == ["ticket_closed", "ticket_open_again"]
    assert "PAY-1 is closed (Done); the ledger had it as open" in [entry.sentence for entry in desk.told()]


def test_of_many_readings_of_one_closing_only_one_has_consequences(desk: Desk) -> None:
    claim = standing(desk)
    assert claim.ticket is not None
    now = wall_clock()
    closed = Ticket(claim.ticket, now, TicketState.DONE, status="Done", closed_at=now)
    store, context = desk.app.store, desk.app.context

    def read(at: int) -> None:
        seen = replace(closed, as_of=now + timedelta(milliseconds=at))
        after = store.write(lambda tx: take(tx, context, claim, seen, now=now))
        assert after.state is ClaimState.DONE

    threads = [threading.Thread(target=read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert changes(desk) == ["ticket_closed"]
