"""The ladder: what each kind of failure makes of a job, of its destination, and of the journal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.flows.conftest import Desk
from tests.flows.monitoring import SHOP, settings_with, window
from tests.waiting import until
from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain
from vedette.flows.access_doctor import visit_job
from vedette.flows.access_drift import look_job
from vedette.flows.access_dsn import keys_job
from vedette.flows.access_mail import mail_job
from vedette.flows.access_requests import answer_job, requests_job, tell_job
from vedette.flows.alarms import notify_job
from vedette.flows.context import blaming, wall_clock
from vedette.flows.counting import push_job
from vedette.flows.digests import keep_job
from vedette.flows.monitor import monitor_job
from vedette.flows.perform import perform
from vedette.flows.poll import poll_job
from vedette.flows.reconcile import audit_job
from vedette.flows.refresh import refresh_job
from vedette.flows.setback import NotYet
from vedette.flows.sorting import decide_job, sort_deliveries
from vedette.model.alarms import CauseKind, Notice, NoticeState, Severity
from vedette.model.flood import Place
from vedette.model.issues import IssueKey
from vedette.model.jobs import Job, JobKind, JobState, Lease, NewJob
from vedette.model.journal import Entry, EntryKind
from vedette.model.org import AccessRequest, Ask
from vedette.model.requests import Weighed
from vedette.model.settings import Settings
from vedette.ports.http import Fence, LeaseSpent
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.faults import FaultKind
from vedette.store import journal, limits, queue
from vedette.store.limits import DestinationState


def alarms(desk: Desk, reason: str | None = None) -> list[Entry]:
    return desk.app.store.read(lambda tx: journal.search(tx, kind=EntryKind.ALARM, reason=reason, limit=500))


def destination(desk: Desk, name: str) -> DestinationState:
    return next(each for each in desk.app.store.read(limits.states) if each.name == name)


def alert(desk: Desk, *, issue: int = 4512, request_id: str = "a") -> None:
    desk.deliver(payloads.event_alert(desk.seed(issue=issue)), request_id=request_id)


class Fails:
    """A source that meets the given misfortune."""

    def __init__(self, problem: Callable[[], Exception]) -> None:
        self._problem = problem

    def issue(self, *_: Any, **__: Any) -> None:
        raise self._problem()


def decide_with(desk: Desk, problem: Callable[[], Exception]) -> tuple[str, Job]:
    """Let a decision meet the misfortune; the word for it, and the job afterwards."""
    alert(desk)
    lease = leased(desk)
    context = replace(desk.app.context, sources={"default": Fails(problem)})  # type: ignore[dict-item]
    outcome = perform(context, lease, Fence.after(5))
    job = desk.app.store.read(lambda tx: queue.get(tx, lease.job.id))
    assert job is not None
    return outcome, job


def leased(desk: Desk) -> Lease:
    def found() -> list[Lease]:
        sort_deliveries(desk.app.context, worker="w")
        return desk.app.store.write(
            lambda tx: queue.lease(tx, worker="w", limit=1, lease=timedelta(seconds=5), now=wall_clock())
        )

    return until(found, within=60, saying="the decision's turn")[0]


LADDER: list[tuple[Callable[[], Exception], str, JobState, str, int, int]] = [
    (lambda: Unavailable("down"), "unavailable", JobState.READY, "unavailable", 1, 1),
    (lambda: Uncertain("cut"), "unavailable", JobState.READY, "unavailable", 1, 1),
    (lambda: RateLimited("slow"), "rate_limited", JobState.READY, "rate_limited", 0, 0),
    (lambda: NotYet("wait"), "not_yet", JobState.READY, "not_yet", 0, 0),
    (lambda: LeaseSpent("late"), "lease_spent", JobState.READY, "lease_spent", 1, 0),
    (lambda: Unauthorised("who"), "paused", JobState.READY, "paused", 0, 0),
    (lambda: Refused("no"), "dead", JobState.DEAD, "refused", 1, 0),
    (lambda: KeyError("a fault of ours"), "bug", JobState.READY, "bug", 1, 0),
]


@pytest.mark.parametrize(
    ("problem", "outcome", "state", "reason", "attempt", "failures"),
    LADDER,
    ids=[type(row[0]()).__name__ for row in LADDER],
)
def test_each_failure_has_its_remedy(
    desk: Desk,
    problem: Callable[[], Exception],
    outcome: str,
    state: JobState,
    reason: str,
    attempt: int,
    failures: int,
) -> None:
    told, job = decide_with(desk, problem)
    assert told == outcome
    assert (job.state, job.reason, job.attempt) == (state, reason, attempt)
    assert destination(desk, "sentry:default").failures == failures
    assert destination(desk, "jira").failures == 0


def test_what_is_refused_at_each_look_is_one_letter_and_one_line_that_a_retry_answers(desk: Desk) -> None:
    desk.sentry.faults(faults=[{"kind": FaultKind.STATUS, "path": "issues/4512/", "status": 400}])
    alert(desk, issue=4513, request_id="another")
    numbers = []
    for turn in range(3):
        alert(desk, request_id=f"turn-{turn}")
        desk.settle()
        numbers += [job.id for job in desk.jobs(JobState.DEAD)]
    assert len(numbers) == len(set(numbers)) == 3
    assert [job.reason for job in desk.jobs(JobState.DROPPED)] == ["superseded"] * 2
    assert len(alarms(desk, "dead_letter")) == 1
    desk.sentry.faults(clear=True)
    desk.app.store.write(lambda tx: queue.retry_dead(tx, numbers[-1:], now=wall_clock()))
    desk.settle()
    assert len(desk.claims(4512)) == 1


def test_letters_that_each_have_news_of_their_own_are_all_kept(desk: Desk) -> None:
    new = NewJob(JobKind.REOPEN_TICKET, "jira", unique_key="reopen:1")
    for _ in range(2):
        desk.app.store.write(lambda tx: queue.enqueue(tx, new, now=wall_clock()))
        perform(desk.app.context, leased(desk), Fence.after(5))
    assert [job.kind for job in desk.jobs(JobState.DEAD)] == [JobKind.REOPEN_TICKET] * 2


def test_a_fault_of_ours_is_visible_without_its_data(desk: Desk) -> None:
    _, job = decide_with(desk, lambda: KeyError("token-of-somebody"))
    assert "KeyError" in job.detail
    assert "token-of-somebody" not in job.detail


def test_a_rate_limit_rests_the_destination_for_everybody(desk: Desk) -> None:
    before = wall_clock()
    _, job = decide_with(desk, lambda: RateLimited("slow", wait=30))
    until_ = destination(desk, "sentry:default").throttled_until
    assert until_ is not None
    assert timedelta(seconds=30) <= until_ - before <= timedelta(seconds=33)
    assert job.run_at >= until_


def test_failures_in_a_row_open_the_breaker_and_no_attempt_is_lost_to_it(desk: Desk, settings: Settings) -> None:
    desk.app.reload(replace(settings, queue=replace(settings.queue, breaker_after=2)))
    desk.sentry.faults(faults=[{"kind": FaultKind.STATUS, "path": "issues/", "status": 503}])
    for issue in range(4512, 4520):
        alert(desk, issue=issue, request_id=str(issue))
    while desk.step():
        pass
    assert destination(desk, "sentry:default").open_until is not None
    tried = [job for job in desk.jobs(JobState.READY) if job.attempt]
    assert len(tried) == 2
    assert alarms(desk) == []


def test_a_dead_letter_is_told_once_with_the_vendors_words(desk: Desk) -> None:
    _, job = decide_with(desk, lambda: Refused("field x is not on the screen"))
    (alarm,) = alarms(desk)
    assert (alarm.reason, alarm.job) == ("dead_letter", job.id)
    assert "field x is not on the screen" in alarm.sentence


def test_the_blame_goes_to_the_destination_that_failed(desk: Desk) -> None:
    problem = Unavailable("down")
    with pytest.raises(Unavailable), blaming("jira"):
        raise problem
    decide_with(desk, lambda: problem)
    assert destination(desk, "jira").failures == 1
    assert destination(desk, "sentry:default").failures == 0


def test_lost_credentials_of_sentry_leave_the_tracker_at_work(desk: Desk) -> None:
    alert(desk)
    desk.advance(lambda: bool(desk.claims()))
    desk.sentry.faults(faults=[{"kind": FaultKind.STATUS, "path": "issues/", "status": 401}])
    alert(desk, issue=4513, request_id="b")
    while desk.step():
        pass
    assert destination(desk, "sentry:default").paused_at is not None
    assert destination(desk, "jira").paused_at is None
    assert len(desk.tickets()) == 1
    assert {job.destination for job in desk.live_jobs()} == {"sentry:default"}


def test_a_pause_is_told_once_however_many_jobs_meet_it(desk: Desk) -> None:
    """Decisions read tickets on their way: with lost credentials there, none may spin, and none may hammer."""
    for issue in range(4512, 4517):
        alert(desk, issue=issue, request_id=f"a{issue}")
    desk.settle()
    desk.jira.fault(Kind.UNAUTHORISED, on="fetch", times=1000)
    for issue in range(4512, 4517):
        alert(desk, issue=issue, request_id=f"b{issue}")
    turns = 0
    deadline = wall_clock() + timedelta(seconds=1)
    while wall_clock() < deadline:
        turns += desk.step()
    left = next(fault.times for fault in desk.jira.on_loop(lambda _: desk.faults()) if fault.kind is Kind.UNAUTHORISED)
    assert 1000 - left == 1
    assert len(alarms(desk, "paused")) == 1
    assert turns < 200
    assert destination(desk, "jira").paused_at is not None
    assert destination(desk, "sentry:default").paused_at is None
    assert not desk.jobs(JobState.DEAD)
    desk.jira.on_loop(lambda _: desk.faults().clear())
    desk.app.store.write(lambda tx: limits.resume(tx, "jira", now=wall_clock()))
    desk.settle()
    assert desk.reasons().count("ticket_open") == 1


def test_a_probe_that_fails_again_is_no_second_alarm_and_does_not_put_off_the_next(desk: Desk) -> None:
    decide_with(desk, lambda: Unauthorised("who"))
    paused = destination(desk, "sentry:default")
    desk.app.store.write(lambda tx: limits.probe_due(tx, "sentry:default", every=timedelta(0), now=wall_clock()))
    soon = wall_clock() + limits.PROBE_EVERY
    desk.app.context = replace(
        desk.app.context,
        clock=lambda: wall_clock() + limits.PROBE_EVERY * 2,
        sources={"default": Fails(lambda: Unauthorised("who"))},  # type: ignore[dict-item]
    )
    assert desk.step()
    again = destination(desk, "sentry:default")
    assert again.paused_at == paused.paused_at
    assert again.probe_at is not None
    assert again.probe_at > soon
    assert len(alarms(desk, "paused")) == 1


def test_a_decision_may_be_the_probe_that_resumes_a_paused_tracker(desk: Desk) -> None:
    alert(desk)
    desk.settle()
    long_ago = wall_clock() - limits.PROBE_EVERY * 2
    desk.app.store.write(lambda tx: limits.pause(tx, "jira", reason="401", now=long_ago))
    alert(desk, request_id="b")
    desk.settle()
    assert destination(desk, "jira").paused_at is None
    assert "ticket_open" in desk.reasons()


def test_a_decision_does_not_ask_a_tracker_that_rests(desk: Desk) -> None:
    alert(desk)
    desk.settle()
    desk.app.store.write(lambda tx: limits.throttle(tx, "jira", wait=timedelta(seconds=600), now=wall_clock()))
    alert(desk, request_id="b")
    while desk.step():
        pass
    (job,) = desk.live_jobs()
    assert (job.kind, job.reason, job.attempt) == (JobKind.DECIDE, "not_yet", 0)
    assert job.run_at > wall_clock() + timedelta(seconds=500)


def test_an_ambiguous_create_counts_against_the_tracker_and_a_look_that_is_answered_for_it(
    desk: Desk, settings: Settings
) -> None:
    desk.jira.fault(Kind.RESET, on="create")
    alert(desk)
    desk.advance(lambda: any(job.reason == "uncertain" for job in desk.live_jobs()))
    assert destination(desk, "jira").failures == 1
    desk.advance(lambda: destination(desk, "jira").failures == 0)
    desk.settle()
    assert desk.jira.verdict().tickets == 1


def test_a_job_that_calls_nobody_resumes_nobody(desk: Desk) -> None:
    long_ago = wall_clock() - limits.PROBE_EVERY * 2
    desk.app.store.write(lambda tx: limits.pause(tx, "sentry:default", reason="401", now=long_ago))
    desk.app.store.write(lambda tx: queue.enqueue(tx, decide_job(IssueKey("default", "1")), now=wall_clock()))
    assert desk.step()
    assert [job.reason for job in desk.jobs(JobState.DONE)] == ["nothing_waiting"]
    assert destination(desk, "sentry:default").paused_at is not None


def test_retries_write_no_journal(desk: Desk) -> None:
    desk.jira.fault(Kind.CONFLICT, on="create", times=5)
    alert(desk)
    desk.settle()
    reasons = desk.reasons()
    assert len(reasons) <= 5, reasons
    assert alarms(desk) == []


def a_notice(now: datetime) -> Notice:
    kind, severity, state = CauseKind.TEST, Severity.INFO, NoticeState.OPENED
    return Notice("n", "n", "k", kind, severity, state, "title", "cure", facts=(), link="", since=now, at=now)


OF_ACCESS = {
    JobKind.KEYS: keys_job,
    JobKind.DOCTOR: visit_job,
    JobKind.REQUESTS: requests_job,
    JobKind.ACCESS: look_job,
}


def turn_of(desk: Desk, kind: JobKind) -> Lease:
    """Do whatever comes before the first job of the kind, and lease that."""
    found: list[Lease] = []

    def there() -> bool:
        sort_deliveries(desk.app.context, worker="w")
        lease_for = timedelta(seconds=5)
        for lease in desk.app.store.write(
            lambda tx: queue.lease(tx, worker="w", limit=1, lease=lease_for, now=wall_clock())
        ):
            if lease.job.kind is kind:
                found.append(lease)
            else:
                perform(desk.app.context, lease, Fence.after(5))
        return bool(found)

    until(there, within=60, saying=f"the turn of {kind}")
    return found[0]


@pytest.mark.parametrize("kind", list(JobKind))
def test_every_kind_of_dead_letter_can_be_brought_back(desk: Desk, settings: Settings, kind: JobKind) -> None:
    """Killed at its first turn and retried by hand, each kind ends well, and there is one ticket."""
    team = settings.teams["@acme/checkout"]
    alert(desk)
    now = wall_clock()
    match kind:
        case JobKind.POLL:
            job = poll_job(settings.policies[0], "default", slot=now)
            desk.app.store.write(lambda tx: queue.enqueue(tx, job, now=now))
        case JobKind.AUDIT:
            desk.app.store.write(lambda tx: queue.enqueue(tx, audit_job("jira"), now=now))
        case JobKind.RESOLVE_ISSUE | JobKind.MOVE_TICKET | JobKind.GROW_TICKET:
            desk.settle()
            desk.app.store.write(lambda tx: queue.enqueue(tx, desk.extra(kind), now=now))
        case JobKind.REFRESH_TICKETS:
            desk.app.store.write(lambda tx: queue.enqueue(tx, refresh_job("jira", now=now), now=now))
        case JobKind.KEEP_DIGEST:
            desk.app.store.write(lambda tx: queue.enqueue(tx, keep_job(Place("jira", "PAY")), now=now))
        case JobKind.NOTIFY:
            desk.app.store.write(lambda tx: queue.enqueue(tx, notify_job("gone", a_notice(now)), now=now))
        case JobKind.COUNT | JobKind.RECOUNT | JobKind.OUTCOMES:
            desk.app.reload(settings_with(settings, SHOP))
            desk.app.store.write(lambda tx: queue.enqueue(tx, monitor_job(kind, "default"), now=now))
        case JobKind.KEYS | JobKind.DOCTOR | JobKind.REQUESTS | JobKind.ACCESS:
            desk.app.store.write(lambda tx: queue.enqueue(tx, OF_ACCESS[kind]("gone"), now=now))
        case JobKind.MAILBOX:
            desk.app.store.write(lambda tx: queue.enqueue(tx, mail_job(), now=now))
        case JobKind.TELL_REQUEST:
            desk.app.store.write(lambda tx: queue.enqueue(tx, tell_job("default/team-7", "gone"), now=now))
        case JobKind.ANSWER_REQUEST:
            asked = Weighed("default", AccessRequest("7", Ask.JOIN_TEAM, "ada@acme.test"), "")
            desk.app.store.write(lambda tx: queue.enqueue(tx, answer_job(asked, approve=False), now=now))
        case JobKind.PUSH:
            points = push_job("gone", "default", window(), {"shop": 0})
            desk.app.store.write(lambda tx: queue.enqueue(tx, points, now=now))
        case JobKind.COMMENT_TICKET | JobKind.REOPEN_TICKET | JobKind.CLOSE_TICKET | JobKind.CLOSE_DIGEST:
            desk.settle()
            desk.app.store.write(lambda tx: queue.enqueue(tx, desk.extra(kind), now=now))
        case _:
            assert team.route is not None
    lease = turn_of(desk, kind)
    desk.app.store.write(lambda tx: queue.bury(tx, lease, reason="refused", detail="no", now=wall_clock()))
    desk.settle()
    desk.app.store.write(lambda tx: queue.retry_dead(tx, [lease.job.id], now=wall_clock()))
    desk.settle()
    assert desk.jobs(JobState.DEAD) == []
    # Of all kinds only the end of a digest leaves none open: here it was asked for the ticket itself.
    standing = [ticket for ticket in desk.tickets() if ticket["category"] != "done"]
    assert len(standing) == (0 if kind is JobKind.CLOSE_DIGEST else 1)
