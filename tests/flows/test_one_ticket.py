"""One ticket, whatever the tracker, the network and the workers do; the stand-in Jira's own log is the judge."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.flows.conftest import Desk
from tests.waiting import until
from vedette.flows.context import wall_clock
from vedette.flows.perform import perform
from vedette.flows.reconcile import audit_job
from vedette.flows.sorting import sort_deliveries
from vedette.model.flood import UNCAPPED
from vedette.model.jobs import JobKind, JobState, Lease
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Tracker
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.sentry import payloads
from vedette.store import ledger, queue

COMMITS = [Kind.COMMIT_HANG, Kind.COMMIT_RESET, Kind.COMMIT_502, Kind.COMMIT_TRUNCATE]
FAILS = [
    Kind.RESET,
    Kind.ERROR_500,
    Kind.ERROR_503,
    Kind.CONFLICT,
    Kind.MAINTENANCE,
    Kind.LIMIT_SECONDS,
    Kind.LIMIT_DATE,
]


def alert(desk: Desk, *, request_id: str = "a") -> None:
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id=request_id)


def only_ticket(desk: Desk) -> None:
    """Exactly one ticket was ever created, and the ledger names it."""
    verdict = desk.jira.verdict()
    assert verdict.tickets == 1
    assert not verdict.duplicates
    (claim,) = desk.claims()
    assert claim.state is ClaimState.OPEN
    assert claim.ticket is not None
    assert claim.ticket.key == desk.tickets()[0]["key"]


@pytest.mark.parametrize("kind", COMMITS, ids=str)
def test_a_create_that_went_through_without_an_answer_is_found_and_not_repeated(desk: Desk, kind: Kind) -> None:
    desk.jira.fault(kind, on="create")
    alert(desk)
    desk.settle()
    only_ticket(desk)


@pytest.mark.parametrize("kind", FAILS, ids=str)
def test_a_create_that_did_nothing_is_made_again_once_its_absence_is_proven(desk: Desk, kind: Kind) -> None:
    desk.jira.fault(kind, on="create")
    alert(desk)
    desk.settle()
    only_ticket(desk)


def test_a_create_that_commits_after_the_time_out_is_waited_for(desk: Desk) -> None:
    desk.jira.fault(Kind.COMMIT_LATE, on="create", seconds=0.4)
    alert(desk)
    desk.settle()
    only_ticket(desk)
    assert "proven_absent" not in desk.reasons()


def test_absence_is_said_only_after_the_time_to_settle(desk: Desk) -> None:
    desk.jira.fault(Kind.RESET, on="create")
    alert(desk)
    desk.settle(until_=lambda: any(claim.state is ClaimState.UNCERTAIN for claim in desk.claims()))
    (doubtful,) = desk.claims()
    assert doubtful.settle_at is not None
    assert doubtful.ended_at is not None
    assert doubtful.settle_at - doubtful.ended_at >= timedelta(seconds=0.5)
    desk.settle()
    told = {entry.reason: entry for entry in desk.told()}
    assert told["proven_absent"].at >= doubtful.settle_at
    only_ticket(desk)


def test_several_faults_in_a_row_end_as_one_ticket(desk: Desk) -> None:
    for kind in (Kind.RESET, Kind.ERROR_500, Kind.COMMIT_502):
        desk.jira.fault(kind, on="create")
    alert(desk)
    desk.settle(within=30)
    only_ticket(desk)


def test_a_worker_that_died_before_sending_costs_a_wait_and_no_ticket(desk: Desk) -> None:
    alert(desk)
    lease = leased_create(desk, lease_for=timedelta(seconds=0.3))
    now = wall_clock()
    claim = desk.claims()[0]
    desk.app.store.write(
        lambda tx: ledger.begin(tx, claim.id, watermark="PAY:0", attempted_at=now, settle_at=now, now=now)
    )
    assert lease.job.claim == claim.id
    desk.settle()
    assert "proven_absent" in desk.reasons()
    only_ticket(desk)


def test_a_worker_that_died_after_the_tracker_committed_leaves_a_ticket_that_is_found(desk: Desk) -> None:
    alert(desk)
    lease = leased_create(desk, lease_for=timedelta(seconds=0.3))

    class Died(BaseException):
        """As kill -9: nothing of the process goes on."""

    tracker = desk.app.context.trackers["jira"]
    context = replace(desk.app.context, trackers={"jira": cast("Tracker", DiesAfterCreate(tracker, Died))})
    with pytest.raises(Died):
        perform(context, lease, Fence.after(5))
    assert desk.claims()[0].state is ClaimState.CREATING
    desk.settle()
    only_ticket(desk)


def test_a_worker_frozen_past_its_lease_sends_nothing_when_it_wakes(desk: Desk) -> None:
    alert(desk)
    lease = leased_create(desk, lease_for=timedelta(seconds=0.2))
    assert perform(desk.app.context, lease, Fence.after(-1)) == "lease_spent"
    assert desk.jira.verdict().tickets == 0
    desk.settle()
    only_ticket(desk)


def test_what_a_lost_lease_brings_home_is_left_to_whoever_took_over(desk: Desk) -> None:
    """The first worker's create commits, but its answer comes when another has taken the lease over."""
    alert(desk)
    lease = leased_create(desk, lease_for=timedelta(seconds=0.3))
    went = threading.Event()
    tracker = desk.app.context.trackers["jira"]
    slow = replace(desk.app.context, trackers={"jira": cast("Tracker", WaitsAfterCreate(tracker, went))})
    outcome: list[str] = []
    first = threading.Thread(target=lambda: outcome.append(perform(slow, lease, Fence.after(5))))
    first.start()
    desk.settle()
    went.set()
    first.join()
    assert outcome == ["lease_lost"]
    only_ticket(desk)


def test_a_worker_that_froze_before_its_attempt_begins_none_when_another_has_the_job(desk: Desk) -> None:
    alert(desk)
    lease = leased_create(desk, lease_for=timedelta(seconds=0.2))
    tracker = desk.app.context.trackers["jira"]
    taken: list[Lease] = []

    def taken_over() -> bool:
        taken.extend(
            desk.app.store.write(
                lambda tx: queue.lease(tx, worker="b", limit=1, lease=timedelta(seconds=5), now=wall_clock())
            )
        )
        return bool(taken)

    frozen = FreezesBeforeAttempt(tracker, lambda: until(taken_over, saying="the takeover"))
    context = replace(desk.app.context, trackers={"jira": cast("Tracker", frozen)})
    assert perform(context, lease, Fence.after(5)) == "lease_lost"
    assert desk.claims()[0].state is ClaimState.CLAIMED
    assert desk.jira.verdict().tickets == 0
    assert perform(desk.app.context, taken[0], Fence.after(5)) == "opened"
    desk.settle()
    only_ticket(desk)


def test_the_index_is_the_second_witness_before_anything_is_made_again(desk: Desk) -> None:
    desk.jira.fault(Kind.COMMIT_RESET, on="create")
    alert(desk)
    tracker = desk.app.context.trackers["jira"]
    desk.app.context = replace(desk.app.context, trackers={"jira": cast("Tracker", SeesNothingByKey(tracker))})
    desk.settle()
    only_ticket(desk)
    assert any("the search index" in entry.sentence for entry in desk.told())


def test_a_commit_later_than_settling_is_a_twin_that_the_audit_folds(desk: Desk) -> None:
    desk.jira.fault(Kind.COMMIT_LATE, on="create", seconds=2.5)
    alert(desk)
    desk.settle()
    until(lambda: desk.jira.verdict().tickets == 2, within=60, saying="the late commit to come")
    desk.app.store.write(lambda tx: queue.enqueue(tx, audit_job("jira"), now=wall_clock()))
    desk.settle()
    assert not desk.jira.verdict().standing_duplicates
    assert "twin_folded" in desk.reasons()
    opened = [ticket for ticket in desk.tickets() if ticket["category"] != "done"]
    (claim,) = desk.claims()
    assert claim.ticket is not None
    assert [ticket["key"] for ticket in opened] == [claim.ticket.key]


def test_lost_credentials_pause_the_tracker_and_keep_its_jobs(desk: Desk) -> None:
    from vedette.store import limits  # noqa: PLC0415

    desk.jira.fault(Kind.UNAUTHORISED, on="any", times=1)
    alert(desk)
    desk.settle(until_=lambda: bool(paused(desk)))
    assert desk.jobs(JobState.DEAD) == []
    assert [job.kind for job in desk.live_jobs()] == [JobKind.OPEN_TICKET]
    while desk.step():
        pass
    assert desk.jira.verdict().tickets == 0
    desk.app.store.write(lambda tx: limits.resume(tx, "jira", now=wall_clock()))
    desk.settle()
    assert paused(desk) == []
    only_ticket(desk)


def test_four_workers_and_a_burst_make_one_ticket_each(desk: Desk, settings: Settings) -> None:
    desk.app.reload(replace(settings, queue=replace(settings.queue, workers=4), caps=UNCAPPED))
    for issue in range(20):
        subject = desk.seed(issue=5000 + issue)
        for number in range(5):
            desk.deliver(payloads.event_alert(subject), request_id=f"{issue}-{number}")
    worker = desk.app.worker()
    worker.start()
    try:
        until(lambda: desk.jira.verdict().tickets >= 20 and not desk.live_jobs(), within=60, saying="twenty tickets")
    finally:
        assert worker.stop(timeout=30)
    verdict = desk.jira.verdict()
    assert verdict.tickets == 20
    assert not verdict.duplicates


def paused(desk: Desk) -> list[str]:
    from vedette.store import limits  # noqa: PLC0415

    return [state.name for state in desk.app.store.read(limits.states) if state.paused_at is not None]


def leased_create(desk: Desk, *, lease_for: timedelta) -> Lease:
    """Decide, and lease the create job for a moment, as a worker would that then dies or freezes."""
    found: list[Lease] = []

    def ready() -> bool:
        sort_deliveries(desk.app.context, worker="test")
        now = wall_clock()
        for lease in desk.app.store.write(
            lambda tx: queue.lease(tx, worker="dying", limit=1, lease=lease_for, now=now)
        ):
            if lease.job.kind is JobKind.OPEN_TICKET:
                found.append(lease)
            else:
                perform(desk.app.context, lease, Fence.after(5))
        return bool(found)

    until(ready, within=60, saying="the create job")
    return found[0]


class _Through:
    """A tracker that passes everything on but `create`."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def __getattr__(self, name: str) -> Callable[..., object]:
        found: Callable[..., object] = getattr(self._tracker, name)
        return found


class DiesAfterCreate(_Through):
    """Creates, and then the process is gone."""

    def __init__(self, tracker: Tracker, death: type[BaseException]) -> None:
        super().__init__(tracker)
        self._death = death

    def create(self, *arguments: Any, **named: Any) -> object:
        self._tracker.create(*arguments, **named)
        raise self._death


class FreezesBeforeAttempt(_Through):
    """Something else happens between the watermark and the attempt."""

    def __init__(self, tracker: Tracker, meanwhile: Callable[[], object]) -> None:
        super().__init__(tracker)
        self._meanwhile = meanwhile

    def watermark(self, *arguments: Any, **named: Any) -> object:
        found = self._tracker.watermark(*arguments, **named)
        self._meanwhile()
        return found


class SeesNothingByKey(_Through):
    """The ticket stands where the look does not reach (below the watermark, behind a wide gap)."""

    def look(self, *_: Any, **__: Any) -> Absent:
        return Absent("nothing by key")


class WaitsAfterCreate(_Through):
    """Creates, and its answer reaches us only when `go` is set."""

    def __init__(self, tracker: Tracker, go: threading.Event) -> None:
        super().__init__(tracker)
        self._go = go

    def create(self, *arguments: Any, **named: Any) -> object:
        made = self._tracker.create(*arguments, **named)
        assert self._go.wait(20)
        return made
