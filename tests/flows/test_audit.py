"""The audit: it folds what is a twin and nothing else, says every difference, and mends without undoing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.flows.conftest import Desk
from tests.waiting import until
from vedette.errors import Refused
from vedette.flows.context import Context, wall_clock
from vedette.flows.keeping import keeping
from vedette.flows.reconcile import audit_job, audit_tracker
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobState, Lease
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState, Ticket, TicketRef
from vedette.ports.roles import Tracker
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.jira.state import State
from vedette.sandbox.sentry import payloads
from vedette.store import journal, ledger, merges, queue
from vedette.store.queue import LeaseLost


def one_ticket(desk: Desk, *, doubtful: bool = False, request_id: str = "a") -> str:
    """The key of a ticket that stands; `doubtful`: an attempt before it had no answer."""
    if doubtful:
        desk.jira.fault(Kind.RESET, on="create")
    desk.deliver(payloads.event_alert(desk.seed()), request_id=request_id)
    desk.settle()
    claim = desk.claims()[-1]
    assert claim.ticket is not None
    return claim.ticket.key


def copy(desk: Desk, key: str, *, older: float = 0, stamped: bool = True) -> str:
    """Another ticket like that one, as a late commit leaves it or a person makes it; `older` by so many seconds."""

    def work(state: State) -> str:
        first = state.tickets[state.keys[key]]
        made = state.create(
            state.projects[first.project],
            **{name: getattr(first, name) for name in ("summary", "type", "labels") if stamped or name != "labels"},
        )
        return state.change(made, created=first.created - older).key

    return desk.jira.on_loop(work)


def audit(desk: Desk) -> list[str]:
    """Run the audit's job, and everything that follows; the differences."""
    desk.app.store.write(lambda tx: queue.enqueue(tx, audit_job("jira"), now=wall_clock()))
    desk.settle()
    line = next(
        entry for entry in desk.app.store.read(lambda tx: journal.search(tx, limit=50)) if entry.kind == "audit"
    )
    return list(line.details["differences"])


def category(desk: Desk, key: str) -> str:
    return next(str(ticket["category"]) for ticket in desk.tickets() if ticket["key"] == key)


def comments(desk: Desk, key: str) -> int:
    return desk.jira.on_loop(lambda state: len(state.attached[state.keys[key]].comments))


def named(desk: Desk) -> str:
    claim = desk.claims()[-1]
    assert claim.ticket is not None
    return claim.ticket.key


def test_a_twin_is_folded_once_however_often_the_audit_runs(desk: Desk) -> None:
    key = one_ticket(desk, doubtful=True)
    twin = copy(desk, key, older=-5)
    assert any("twin" in told for told in audit(desk))
    assert category(desk, key) != "done"
    assert category(desk, twin) == "done"
    assert audit(desk) == []
    assert comments(desk, twin) == 1
    assert desk.reasons().count("twin_folded") == 1


def test_twins_that_a_look_finds_are_folded_at_once(desk: Desk) -> None:
    desk.jira.fault(Kind.COMMIT_RESET, on="create")
    desk.deliver(payloads.event_alert(desk.seed()))
    desk.advance(lambda: bool(desk.claims()) and desk.claims()[0].state is ClaimState.UNCERTAIN)
    (first,) = desk.tickets()
    twin = copy(desk, first["key"], older=-5)
    desk.settle()
    assert named(desk) == first["key"]
    assert (category(desk, first["key"]) == "done", category(desk, twin)) == (False, "done")


def test_of_twins_the_older_one_stays_though_the_ledger_named_the_younger(desk: Desk) -> None:
    younger = one_ticket(desk, doubtful=True)
    older = copy(desk, younger, older=60)
    told = audit(desk)
    assert any("the ledger named" in each for each in told), told
    assert named(desk) == older
    assert category(desk, older) != "done"
    assert category(desk, younger) == "done"
    assert audit(desk) == []


def test_a_twin_that_lost_its_label_is_known_by_its_link(desk: Desk) -> None:
    key = one_ticket(desk, doubtful=True)
    twin = copy(desk, key, older=-5, stamped=False)
    audit(desk)
    assert category(desk, twin) == "done"
    assert category(desk, key) != "done"


def test_a_copy_that_a_person_made_is_told_of_and_left_alone(desk: Desk) -> None:
    """One create was sent, and answered: what else bears the stamp is no twin of ours."""
    key = one_ticket(desk)
    clone = copy(desk, key, older=60)
    told = audit(desk)
    assert any(clone in each and "left alone" in each for each in told), told
    assert category(desk, clone) != "done"
    assert named(desk) == key


def test_tickets_of_two_generations_are_no_twins_though_both_lost_their_stamps(desk: Desk) -> None:
    first = one_ticket(desk, doubtful=True)
    desk.close(first)
    later = replace(desk.seed(), at=wall_clock().timestamp() + 2)
    desk.deliver(payloads.event_alert(later), request_id="b")
    desk.settle()
    second = named(desk)
    assert second != first

    def strip(state: State) -> None:
        for key in (first, second):
            ticket = state.tickets[state.keys[key]]
            state.drop_property(ticket, "vedette.stamp")
            state.change(ticket, labels=())

    desk.jira.on_loop(strip)
    report = audit_tracker(desk.app.context, "jira")
    assert report.folded == 0
    audit(desk)
    assert category(desk, second) != "done"
    assert [claim.ticket.key for claim in desk.claims() if claim.ticket] == [first, second]


def test_a_ticket_closed_or_moved_or_deleted_by_a_person_is_taken_over(desk: Desk) -> None:
    key = one_ticket(desk)
    desk.jira.on_loop(lambda state: state.move(state.tickets[state.keys[key]], state.projects["WB"]))
    assert any(f"{key} is now WB-" in told for told in audit(desk))
    desk.close(named(desk))
    assert any("the ledger had it open" in told for told in audit(desk))
    assert desk.claims()[0].state is ClaimState.DONE


class Hidden:
    """A tracker that may not show one ticket; everything else is the real one's."""

    def __init__(self, tracker: Tracker, *, hidden: str) -> None:
        self._tracker, self._hidden = tracker, hidden

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tracker, name)

    def read(self, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
        if any(ref.key == self._hidden for ref in refs):
            raise Refused(f"{self._hidden} cannot be read", status=403)
        return self._tracker.read(refs)


def hiding(context: Context, key: str) -> Context:
    return replace(context, trackers={"jira": cast("Tracker", Hidden(context.trackers["jira"], hidden=key))})


def test_a_ticket_that_is_not_for_our_eyes_hides_no_other(desk: Desk) -> None:
    hidden = one_ticket(desk)
    desk.deliver(payloads.event_alert(desk.seed(issue=4513)), request_id="b")
    desk.settle()
    (other,) = desk.claims(4513)
    assert other.ticket is not None
    desk.close(other.ticket.key)
    report = audit_tracker(hiding(desk.app.context, hidden), "jira")
    assert any("cannot be read" in told for told in report.differences)
    assert desk.claims(4513)[0].state is ClaimState.DONE


def test_a_ticket_that_is_not_for_our_eyes_stops_neither_sweep_nor_decision(desk: Desk, settings: Settings) -> None:
    from vedette.flows.poll import poll_job  # noqa: PLC0415

    hidden = one_ticket(desk)
    desk.seed(issue=4513)
    desk.app.context = hiding(desk.app.context, hidden)
    now = wall_clock()
    desk.app.store.write(lambda tx: queue.enqueue(tx, poll_job(settings.policies[0], "default", slot=now), now=now))
    desk.settle()
    assert desk.jobs(JobState.DEAD) == []
    assert len(desk.claims(4513)) == 1
    assert desk.reasons()[0] == "ticket_open"


def test_the_audit_hears_of_issues_that_are_gone_or_merged_in_sentry(desk: Desk) -> None:
    one_ticket(desk)
    for issue in (4513, 4514):
        desk.deliver(payloads.event_alert(desk.seed(issue=issue)), request_id=str(issue))
    desk.settle()
    memory = desk.sentry.memory
    memory.forget(memory.issues[4512])
    memory.merge(memory.issues[4514], [memory.issues[4513]])
    told = audit(desk)
    assert any("no longer has issue 4512" in each for each in told), told
    assert any("both open for issue 4514" in each for each in told), told
    merged = desk.app.store.read(lambda tx: merges.canonical(tx, IssueKey("default", "4513")))
    assert merged == IssueKey("default", "4514")


def test_an_audit_beside_a_silent_sentry_still_audits_the_tracker(desk: Desk) -> None:
    key = one_ticket(desk)
    desk.close(key)
    desk.deliver(payloads.event_alert(desk.seed(issue=4513)), request_id="b")
    desk.settle()
    desk.sentry.faults(faults=[{"kind": "status", "path": "issues/", "status": 503}])
    told = audit(desk)
    assert sum("Sentry could not be asked" in each for each in told) == 1
    assert any("the ledger had it open" in each for each in told)


def test_every_claim_is_audited_however_many_there_are(desk: Desk) -> None:
    one_ticket(desk)
    (claim,) = desk.claims()
    now = wall_clock()

    def many(tx: Any) -> None:
        for number in range(1100):
            issue = IssueKey("default", str(100_000 + number))
            ledger.claim(tx, issue=issue, track="main", generation=1, route=claim.route, owner="", now=now, as_of=now)

    desk.app.store.write(many)
    elsewhere = replace(claim.route, tracker="another")
    desk.app.store.write(
        lambda tx: ledger.claim(
            tx,
            issue=IssueKey("default", "7"),
            track="main",
            generation=1,
            route=elsewhere,
            owner="",
            now=now,
            as_of=now,
        )
    )
    assert audit_tracker(desk.app.context, "jira").claims == 1101


def test_a_long_work_keeps_its_lease_and_a_lost_one_ends_it(desk: Desk, settings: Settings) -> None:
    brief = timedelta(seconds=0.3)
    desk.app.reload(replace(settings, queue=replace(settings.queue, lease=brief)))

    def lease() -> list[Lease]:
        return desk.app.store.write(lambda tx: queue.lease(tx, worker="w", limit=1, lease=brief, now=wall_clock()))

    desk.app.store.write(lambda tx: queue.enqueue(tx, audit_job("jira"), now=wall_clock()))
    (mine,) = lease()
    between = keeping(desk.app.context, mine)
    ends = wall_clock() + brief * 3

    def worked() -> bool:
        between()
        assert lease() == []
        return wall_clock() > ends

    until(worked, within=5, saying="three leases' time")
    until(lease, within=5, saying="the lease to run out once nothing renews it")
    with pytest.raises(LeaseLost):
        until(between, within=2, saying="the loss to be noticed")


class Looked(Hidden):
    """Counts the looks."""

    looks = 0

    def look(self, *arguments: Any, **named: Any) -> Any:
        self.looks += 1
        return self._tracker.look(*arguments, **named)


@pytest.mark.parametrize(("later", "looks"), [(timedelta(days=6), 1), (timedelta(days=8), 0)])
def test_an_attempt_of_long_ago_is_looked_for_no_more(desk: Desk, later: timedelta, looks: int) -> None:
    """From its watermark on, every ticket of the project would be read by key, each night."""
    one_ticket(desk, doubtful=True)
    tracker = Looked(desk.app.context.trackers["jira"], hidden="")
    context = replace(
        desk.app.context, trackers={"jira": cast("Tracker", tracker)}, clock=lambda: wall_clock() + later, dry=True
    )
    audit_tracker(context, "jira")
    assert tracker.looks == looks


def test_a_ticket_whose_create_is_still_in_doubt_is_left_to_its_own_job(desk: Desk) -> None:
    desk.jira.fault(Kind.COMMIT_RESET, on="create")
    desk.deliver(payloads.event_alert(desk.seed()))
    desk.advance(lambda: bool(desk.claims()) and desk.claims()[0].state is ClaimState.UNCERTAIN)
    report = audit_tracker(desk.app.context, "jira")
    assert (report.folded, report.differences) == (0, [])
    assert desk.claims()[0].state is ClaimState.UNCERTAIN
    desk.settle()
    assert desk.claims()[0].state is ClaimState.OPEN


def test_the_unstamped_ticket_of_a_create_in_doubt_is_no_twin_of_the_one_before(desk: Desk) -> None:
    first = one_ticket(desk, doubtful=True)
    desk.close(first)
    desk.jira.fault(Kind.COMMIT_RESET, on="create")
    later = replace(desk.seed(), at=wall_clock().timestamp() + 2)
    desk.deliver(payloads.event_alert(later), request_id="b")
    desk.advance(lambda: len(desk.claims()) == 2 and desk.claims()[1].state is ClaimState.UNCERTAIN)
    second = desk.tickets()[1]["key"]

    def strip(state: State) -> None:
        ticket = state.tickets[state.keys[second]]
        state.drop_property(ticket, "vedette.stamp")
        state.change(ticket, labels=())

    desk.jira.on_loop(strip)
    assert audit_tracker(desk.app.context, "jira").folded == 0
    desk.settle()
    assert category(desk, second) != "done"
    assert named(desk) == second
    assert desk.jira.verdict().tickets == 2
