"""An issue that was merged and lives by itself again has its own line of tickets again, and nothing is cut twice."""

from datetime import timedelta

from tests.flows.conftest import Desk
from vedette.model.issues import IssueKey
from vedette.sandbox.sentry import payloads
from vedette.store import merges

CHILD, PARENT = IssueKey("default", "4512"), IssueKey("default", "4513")


def alert(desk: Desk, issue: int, request_id: str) -> None:
    desk.deliver(payloads.event_alert(desk.subject(issue=issue)), request_id=request_id)
    desk.settle()


def merged(desk: Desk) -> None:
    """4512 has PAY-1 and was merged into 4513, an hour ago as far as the ledger knows."""
    desk.seed(issue=4512)
    desk.seed(issue=4513)
    alert(desk, 4512, "a")
    memory = desk.sentry.memory
    memory.merge(memory.issues[4513], [memory.issues[4512]])
    alert(desk, 4512, "b")
    assert desk.app.store.read(lambda tx: merges.canonical(tx, CHILD)) == PARENT
    an_hour_ago = desk.app.context.clock() - timedelta(hours=1)
    desk.app.store.write(lambda tx: merges.alias(tx, CHILD, PARENT, now=an_hour_ago))


def unmerge(desk: Desk) -> None:
    desk.sentry.memory.merged.pop(4512)
    desk.seed(issue=4512)


def test_the_ticket_stays_with_the_issue_that_had_it_and_the_other_gets_its_own(desk: Desk) -> None:
    merged(desk)
    assert len(desk.tickets()) == 1
    unmerge(desk)
    alert(desk, 4512, "c")
    assert len(desk.tickets()) == 1
    assert desk.app.store.read(lambda tx: merges.canonical(tx, CHILD)) == CHILD
    (told,) = [entry for entry in desk.told(4512) if entry.reason == "issue_unmerged"]
    assert "PAY-1 stays its own" in told.sentence
    assert "it has no open ticket of its own" in next(
        e.sentence for e in desk.told(4513) if e.reason == "issue_unmerged"
    )
    alert(desk, 4513, "d")
    assert len(desk.tickets()) == 2
    alert(desk, 4512, "e")
    alert(desk, 4513, "f")
    assert len(desk.tickets()) == 2


def test_a_merge_of_a_moment_ago_is_believed_though_a_replica_does_not_know_it_yet(desk: Desk) -> None:
    merged(desk)
    now = desk.app.context.clock() + timedelta(hours=1)
    desk.app.store.write(lambda tx: merges.alias(tx, CHILD, PARENT, now=now))
    unmerge(desk)
    alert(desk, 4512, "c")
    assert desk.app.store.read(lambda tx: merges.canonical(tx, CHILD)) == PARENT
    assert "issue_unmerged" not in desk.reasons(4512)


def test_an_issue_that_is_still_merged_stays_the_others(desk: Desk) -> None:
    merged(desk)
    alert(desk, 4512, "c")
    assert desk.app.store.read(lambda tx: merges.canonical(tx, CHILD)) == PARENT
    assert len(desk.tickets()) == 1
