"""No error is lost on its way to a decision, and no create ends where nothing goes on with it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.flows.conftest import Desk
from tests.waiting import until
from vedette.flows.context import Context, wall_clock
from vedette.flows.perform import perform
from vedette.flows.sorting import decide_job, mention_of, sort_deliveries
from vedette.model.deliveries import DeliveryState
from vedette.model.events import IssueAlerted
from vedette.model.issues import IssueKey
from vedette.model.jobs import Job, JobKind, JobState, Lease
from vedette.model.journal import EntryKind
from vedette.model.policies import Policy
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.ports.http import Fence
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.sentry import payloads
from vedette.store import deliveries, journal, ledger, merges, queue

KEY = IssueKey("default", "4512")


def alert(desk: Desk, *, issue: int = 4512, request_id: str = "a") -> int:
    return desk.deliver(payloads.event_alert(desk.seed(issue=issue)), request_id=request_id)


def alert_of(desk: Desk, issue: int, request_id: str) -> int:
    """An alert about an issue as Sentry has it, or has it no more."""
    return desk.deliver(payloads.event_alert(desk.subject(issue=issue)), request_id=request_id)


def waiting(desk: Desk, issue: int = 4512) -> int:
    key = IssueKey("default", str(issue))
    return len(desk.app.store.read(lambda tx: deliveries.waiting(tx, key, limit=10_000)))


def read_ticket(desk: Desk) -> None:
    """Let the ledger know what has become of the newest ticket."""
    claim = desk.claims()[-1]
    assert claim.ticket is not None
    read = desk.app.context.trackers["jira"].read([claim.ticket])[claim.ticket.id]
    desk.app.store.write(lambda tx: ledger.refreshed(tx, claim.id, read, now=wall_clock()))


def dead(desk: Desk) -> list[Job]:
    return desk.jobs(JobState.DEAD)


def hurry(desk: Desk, settings: Settings, **changes: object) -> None:
    """Give up after two tries, a moment apart."""
    manners = replace(settings.queue, attempts=2, first_retry=timedelta(milliseconds=10))
    desk.app.reload(replace(settings, queue=manners, **changes))  # type: ignore[arg-type]


def test_a_flood_of_news_beyond_one_reading_is_decided_to_the_last(desk: Desk) -> None:
    desk.seed()
    now = wall_clock()
    news = [mention_of(IssueAlerted(KEY, now, "r", "checkout"), delivery=None, position=0)] * 1100

    def flood() -> None:
        def work(tx: object) -> None:
            for each in news:
                deliveries.mention(tx, each, now=now)  # type: ignore[arg-type]
            queue.enqueue(tx, decide_job(KEY), now=now)  # type: ignore[arg-type]

        desk.app.store.write(work)

    flood()
    desk.settle()
    assert waiting(desk) == 0
    assert len(desk.tickets()) == 1


def test_news_of_an_issue_merged_twice_over_reaches_the_last_one(desk: Desk) -> None:
    for issue in (4512, 4513, 4514):
        desk.seed(issue=issue)
    memory = desk.sentry.memory
    memory.merge(memory.issues[4513], [memory.issues[4512]])
    first = alert_of(desk, 4512, "a")
    desk.settle()
    memory.merge(memory.issues[4514], [memory.issues[4513]])
    second = alert_of(desk, 4512, "b")
    desk.settle()
    assert [waiting(desk, issue) for issue in (4512, 4513, 4514)] == [0, 0, 0]
    assert "issue_merged" in desk.reasons(4512)
    # The ticket that the second issue got stands for the third as well: it is one issue now.
    assert len(desk.tickets()) == 1
    assert "ticket_open" in desk.reasons(4514)
    for number in (first, second):
        stored = desk.app.store.read(lambda tx, number=number: deliveries.get(tx, number))  # type: ignore[misc]
        assert stored is not None
        assert stored.state is DeliveryState.DONE


def test_an_issue_with_a_ticket_that_was_merged_leaves_its_ticket_to_the_other(desk: Desk) -> None:
    alert(desk, issue=4512)
    desk.settle()
    desk.seed(issue=4513)
    memory = desk.sentry.memory
    memory.merge(memory.issues[4513], [memory.issues[4512]])
    alert_of(desk, 4512, "b")
    alert_of(desk, 4513, "c")
    desk.settle()
    assert len(desk.tickets()) == 1
    assert desk.claims(4513) == []


def test_of_two_tickets_of_merged_issues_the_open_one_speaks_though_it_is_the_older(desk: Desk) -> None:
    for issue in (4512, 4513):
        alert(desk, issue=issue, request_id=f"a{issue}")
        desk.settle()
    desk.close(desk.tickets()[1]["key"])
    memory = desk.sentry.memory
    memory.merge(memory.issues[4513], [memory.issues[4512]])
    for issue in (4512, 4513):
        alert_of(desk, issue, f"b{issue}")
    desk.settle()
    assert len(desk.tickets()) == 2
    assert desk.reasons(4513)[0] == "ticket_open"
    assert desk.tickets()[0]["key"] in desk.told(4513)[0].sentence


def test_of_several_deliveries_the_newest_says_where_it_crashes(desk: Desk) -> None:
    now = wall_clock().timestamp()
    old = replace(desk.seed(path="shop/cart.py"), at=now - 60)
    new = replace(desk.subject(path="lib/other.py"), at=now - 30)
    desk.deliver(payloads.event_alert(new), request_id="new")
    desk.deliver(payloads.event_alert(old), request_id="old")
    desk.settle()
    assert [ticket["project"] for ticket in desk.tickets()] == ["TRIAGE"]


def test_merges_that_point_at_one_another_end(desk: Desk) -> None:
    """No server says so; a restored or an imported one might."""
    for issue in (4512, 4513):
        desk.seed(issue=issue)
    other = IssueKey("default", "4513")
    desk.app.store.write(lambda tx: merges.alias(tx, other, KEY, now=wall_clock()))
    desk.sentry.memory.merge(desk.sentry.memory.issues[4513], [desk.sentry.memory.issues[4512]])
    alert_of(desk, 4512, "a")
    desk.settle()
    assert waiting(desk) == waiting(desk, 4513) == 0


def test_a_create_that_was_given_up_is_taken_up_again_by_later_news(desk: Desk, settings: Settings) -> None:
    hurry(desk, settings)
    desk.jira.fault(Kind.CONFLICT, on="create", times=2)
    alert(desk)
    desk.settle()
    assert [job.kind for job in dead(desk)] == [JobKind.OPEN_TICKET]
    assert desk.claims()[0].state is ClaimState.CLAIMED
    alert(desk, request_id="b")
    desk.settle()
    assert dead(desk) == []
    assert "ticket_resumed" in desk.reasons()
    assert desk.jira.verdict().tickets == 1
    assert desk.claims()[0].state is ClaimState.OPEN


def test_a_create_that_a_person_dropped_is_made_by_later_news(desk: Desk) -> None:
    desk.jira.fault(Kind.LIMIT_SECONDS, on="create", seconds=600)
    alert(desk)
    desk.settle(until_=lambda: any(job.kind is JobKind.OPEN_TICKET and job.reason for job in desk.live_jobs()))
    (job,) = desk.live_jobs()
    from vedette.store import limits  # noqa: PLC0415

    desk.app.store.write(lambda tx: queue.drop(tx, [job.id], now=wall_clock()))
    desk.app.store.write(lambda tx: limits.resume(tx, "jira", now=wall_clock()))
    alert(desk, request_id="b")
    desk.settle()
    assert desk.jira.verdict().tickets == 1


def test_a_doubt_outlasts_every_number_of_failed_looks_and_is_told_once(desk: Desk, settings: Settings) -> None:
    hurry(desk, settings)
    desk.jira.fault(Kind.COMMIT_RESET, on="create")
    desk.jira.fault(Kind.ERROR_503, on="fetch", times=6)
    alert(desk)
    desk.settle()
    assert dead(desk) == []
    assert desk.jira.verdict().tickets == 1
    assert desk.claims()[0].state is ClaimState.OPEN
    assert desk.reasons().count("still_uncertain") == 1


def test_a_doubt_whose_tracker_is_gone_from_the_settings_waits_for_it(desk: Desk, settings: Settings) -> None:
    hurry(desk, settings)
    desk.jira.fault(Kind.COMMIT_RESET, on="create")
    alert(desk)
    desk.advance(lambda: bool(desk.claims()) and desk.claims()[0].state is ClaimState.UNCERTAIN)
    hurry(desk, settings, trackers={})
    desk.settle(until_=lambda: any(job.attempt > 3 for job in desk.live_jobs()))
    desk.app.reload(settings)
    desk.settle()
    assert dead(desk) == []
    assert desk.jira.verdict().tickets == 1


def test_a_ticket_stands_though_its_instance_has_left_the_settings(desk: Desk, settings: Settings) -> None:
    alert(desk)
    desk.advance(lambda: bool(desk.claims()))
    desk.app.reload(replace(settings, instances={}))
    desk.settle()
    assert dead(desk) == []
    assert desk.claims()[0].state is ClaimState.OPEN
    assert desk.jira.verdict().tickets == 1


def test_a_refused_create_is_retried_on_the_default_route_as_it_is_now(desk: Desk, settings: Settings) -> None:
    assert settings.default_route is not None
    desk.app.reload(replace(settings, default_route=replace(settings.default_route, type="Epic")))
    desk.deliver(payloads.event_alert(desk.seed(path="lib/other.py")))
    desk.settle()
    (letter,) = dead(desk)
    desk.app.reload(settings)
    desk.app.store.write(lambda tx: queue.retry_dead(tx, [letter.id], now=wall_clock()))
    desk.settle()
    assert [ticket["project"] for ticket in desk.tickets()] == ["TRIAGE"]
    assert [claim.state for claim in desk.claims()] == [ClaimState.DROPPED, ClaimState.OPEN]


def test_an_old_refusal_that_is_retried_cuts_nothing_once_a_later_ticket_was_closed(
    desk: Desk, settings: Settings
) -> None:
    team = settings.teams["@acme/checkout"]
    assert team.route is not None
    wrong = replace(team, route=replace(team.route, type="Epic"))
    desk.app.reload(replace(settings, teams={"@acme/checkout": wrong}))
    alert(desk)
    desk.settle()
    (letter,) = dead(desk)
    desk.app.reload(settings)
    alert(desk, request_id="b")
    desk.settle()
    (ticket,) = desk.tickets()
    desk.close(ticket["key"])
    read_ticket(desk)
    desk.app.store.write(lambda tx: queue.retry_dead(tx, [letter.id], now=wall_clock()))
    desk.settle()
    assert len(desk.tickets()) == 1
    assert [job.reason for job in desk.jobs(JobState.DONE) if job.id == letter.id] == ["superseded"]


def test_an_alert_that_overtakes_its_issue_is_waited_for(desk: Desk) -> None:
    subject = desk.seed()
    hidden = desk.sentry.memory.issues.pop(4512)
    desk.deliver(payloads.event_alert(subject))
    desk.settle(until_=lambda: any(job.reason == "not_yet" for job in desk.live_jobs()))
    desk.sentry.memory.issues[4512] = hidden
    desk.settle()
    assert len(desk.tickets()) == 1


def test_an_issue_that_stays_away_is_said_to_be_gone(desk: Desk, settings: Settings) -> None:
    named = Policy("checkout", projects=("checkout",))
    desk.app.reload(replace(settings, policies=(named,)))
    subject = desk.seed()
    desk.sentry.memory.issues.pop(4512)
    desk.deliver(payloads.event_alert(subject))
    desk.settle()
    assert desk.reasons()[0] == "issue_gone"
    assert waiting(desk) == 0


def test_a_policy_that_names_the_project_comes_before_one_that_serves_all(desk: Desk, settings: Settings) -> None:
    everything = Policy("everything")
    named = Policy("checkout", projects=("checkout",))
    other = Policy("other", track="other")
    elsewhere = Policy("elsewhere", track="elsewhere", instances=("another",))
    desk.app.reload(replace(settings, policies=(everything, named, other, elsewhere)))
    alert(desk)
    desk.settle()
    told = {entry.details["policy"] for entry in desk.told() if entry.kind == "decision"}
    assert told == {"checkout", "other"}


def test_one_issue_on_two_tracks_has_one_ticket_on_each(desk: Desk, settings: Settings) -> None:
    desk.app.reload(replace(settings, policies=(Policy("a"), Policy("b", track="security"))))
    for number in range(3):
        alert(desk, request_id=f"r{number}")
        desk.settle()
    assert sorted(claim.track for claim in desk.claims()) == ["main", "security"]
    assert len(desk.tickets()) == 2
    assert len({claim.ticket.key for claim in desk.claims() if claim.ticket}) == 2


def test_of_two_issues_in_one_delivery_one_that_fails_keeps_back_only_itself(desk: Desk) -> None:
    from vedette.model.deliveries import DeliveryKind, NewDelivery  # noqa: PLC0415
    from vedette.sandbox.sentry.faults import FaultKind  # noqa: PLC0415

    subjects = [desk.seed(issue=issue) for issue in (4512, 4513)]
    raw = payloads.encode(payloads.glitchtip(subjects))
    made = NewDelivery(DeliveryKind.GLITCHTIP, "default", "g", "x" * 64, (), raw, wall_clock())
    number = desk.app.store.accept(made).result(10).id
    desk.sentry.faults(faults=[{"kind": FaultKind.STATUS, "path": "issues/4513/", "status": 400}])
    desk.settle()

    def state() -> DeliveryState:
        stored = desk.app.store.read(lambda tx: deliveries.get(tx, number))
        assert stored is not None
        return stored.state

    assert [claim.state for claim in desk.claims(4512)] == [ClaimState.OPEN]
    assert [job.issue for job in dead(desk)] == [IssueKey("default", "4513")]
    assert state() is DeliveryState.SORTED
    desk.sentry.faults(clear=True)
    ids = [job.id for job in dead(desk)]
    desk.app.store.write(lambda tx: queue.retry_dead(tx, ids, now=wall_clock()))
    desk.settle()
    assert [claim.state for claim in desk.claims(4513)] == [ClaimState.OPEN]
    assert state() is DeliveryState.DONE


def test_a_replayed_delivery_of_an_open_ticket_changes_nothing(desk: Desk) -> None:
    from vedette.flows.replay import replay  # noqa: PLC0415

    number = alert(desk)
    desk.settle()
    for _ in range(2):
        assert replay(desk.app.context, [number]) == ((number,), ())
        desk.settle()
    assert len(desk.tickets()) == 1
    assert waiting(desk) == 0
    assert desk.reasons().count("ticket_open") == 2


class Unreadable:
    """A source whose reading has a fault; the rest is the real one's."""

    def __init__(self, source: object, *, poison: int) -> None:
        self._source, self._poison = source, poison

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)

    def read_delivery(self, delivery: object) -> object:
        if delivery.id == self._poison:  # type: ignore[attr-defined]
            raise KeyError("a fault of ours")
        return self._source.read_delivery(delivery)  # type: ignore[attr-defined]


def test_a_delivery_that_cannot_be_read_keeps_back_none_beside_it(desk: Desk) -> None:
    bad = alert(desk, issue=4512, request_id="a")
    alert(desk, issue=4513, request_id="b")
    source = desk.app.context.sources["default"]
    poisoned = replace(desk.app.context, sources={"default": Unreadable(source, poison=bad)})  # type: ignore[dict-item]
    assert sort_deliveries(poisoned, worker="w") == 2
    (line,) = desk.app.store.read(lambda tx: journal.search(tx, kind=EntryKind.ALARM, limit=10))
    assert (line.reason, line.delivery) == ("unreadable", bad)
    desk.settle()
    assert [claim.issue.id for issue in (4512, 4513) for claim in desk.claims(issue)] == ["4513"]
    from vedette.flows.replay import replay  # noqa: PLC0415

    replay(desk.app.context, [bad])
    desk.settle()
    assert len(desk.tickets()) == 2


class Unstorable(Unreadable):
    """A source that reads out of one delivery what no database can keep."""

    def read_delivery(self, delivery: object) -> object:
        if delivery.id == self._poison:  # type: ignore[attr-defined]
            return (IssueAlerted(KEY, wall_clock().replace(tzinfo=None)),)
        return self._source.read_delivery(delivery)  # type: ignore[attr-defined]


def test_a_delivery_that_cannot_be_recorded_keeps_back_none_beside_it(desk: Desk) -> None:
    bad = alert(desk, issue=4512, request_id="a")
    alert(desk, issue=4513, request_id="b")
    source = desk.app.context.sources["default"]
    poisoned = replace(desk.app.context, sources={"default": Unstorable(source, poison=bad)})  # type: ignore[dict-item]
    assert sort_deliveries(poisoned, worker="w") == 2
    (line,) = desk.app.store.read(lambda tx: journal.search(tx, kind=EntryKind.ALARM, limit=10))
    assert (line.reason, line.delivery) == ("unreadable", bad)
    desk.settle()
    assert len(desk.claims(4513)) == 1


def test_a_moment_from_the_future_does_not_blind_the_ledger(desk: Desk) -> None:
    desk.seed()
    ahead = wall_clock() + timedelta(days=2)
    told = mention_of(IssueAlerted(KEY, ahead, "r", "checkout"), delivery=None, position=0)

    def work(tx: object) -> None:
        deliveries.mention(tx, told, now=wall_clock())  # type: ignore[arg-type]
        queue.enqueue(tx, decide_job(KEY), now=wall_clock())  # type: ignore[arg-type]

    desk.app.store.write(work)
    desk.settle()
    (ticket,) = desk.tickets()
    desk.close(ticket["key"])
    alert(desk, request_id="b")
    desk.settle()
    assert desk.claims()[0].state is ClaimState.DONE


def test_a_ticket_opened_again_while_the_next_is_made_leaves_one_live_claim(desk: Desk) -> None:
    alert(desk)
    desk.settle()
    (first,) = desk.tickets()
    desk.close(first["key"])
    later = replace(desk.seed(), at=wall_clock().timestamp() + 2)
    desk.deliver(payloads.event_alert(later), request_id="b")
    desk.advance(lambda: len(desk.claims()) == 2)
    desk.reopen(first["key"])
    alert(desk, request_id="c")
    desk.settle()
    live = [claim for claim in desk.claims() if claim.state is ClaimState.OPEN]
    assert [claim.generation for claim in live] == [2]
    from vedette.flows.reconcile import audit_tracker  # noqa: PLC0415

    report = audit_tracker(desk.app.context, "jira")
    assert any("open again" in told for told in report.differences), report.differences
    assert report.folded == 0


def lease_of(desk: Desk, kind: JobKind, *, lease: timedelta = timedelta(seconds=5)) -> Lease:
    def found() -> list[Lease]:
        sort_deliveries(desk.app.context, worker="w")
        return desk.app.store.write(
            lambda tx: queue.lease(tx, worker="w", limit=1, lease=lease, now=wall_clock(), kinds=[kind])
        )

    return until(found, within=60, saying=f"a {kind} job")[0]


@pytest.mark.parametrize("state", [ClaimState.CLAIMED, ClaimState.CREATING, ClaimState.UNCERTAIN])
def test_a_job_given_back_in_any_state_ends_as_one_ticket(desk: Desk, state: ClaimState) -> None:
    alert(desk)
    desk.advance(lambda: bool(desk.claims()))
    lease = lease_of(desk, JobKind.OPEN_TICKET)
    now = wall_clock()
    claim = desk.claims()[0].id
    settle_at = now + timedelta(seconds=0.6)
    if state is not ClaimState.CLAIMED:
        desk.app.store.write(
            lambda tx: ledger.begin(tx, claim, watermark="PAY:0", attempted_at=now, settle_at=settle_at, now=now)
        )
    if state is ClaimState.UNCERTAIN:
        desk.app.store.write(lambda tx: ledger.uncertain(tx, claim, ended_at=now, settle_at=settle_at, now=now))
    assert desk.app.store.write(lambda tx: queue.give_back(tx, lease, now=wall_clock()))
    desk.settle()
    assert desk.jira.verdict().tickets == 1
    # Where an attempt may have been on its way, its absence was proven first.
    assert ("proven_absent" in desk.reasons()) == (state is not ClaimState.CLAIMED)


def creating(desk: Desk, *, lease: timedelta, settle_at: datetime, attempted_at: datetime) -> Lease:
    """A leased create whose attempt is written down."""
    alert(desk)
    desk.advance(lambda: bool(desk.claims()))
    held = lease_of(desk, JobKind.OPEN_TICKET, lease=lease)
    claim = desk.claims()[0].id
    desk.app.store.write(
        lambda tx: ledger.begin(
            tx, claim, watermark="PAY:0", attempted_at=attempted_at, settle_at=settle_at, now=attempted_at
        )
    )
    return held


def test_after_a_takeover_the_time_to_settle_runs_from_the_end_of_the_lost_lease(desk: Desk) -> None:
    now = wall_clock()
    creating(desk, lease=timedelta(milliseconds=300), settle_at=now, attempted_at=now - timedelta(minutes=5))
    taken = lease_of(desk, JobKind.OPEN_TICKET)
    assert taken.lapsed_at is not None
    assert perform(desk.app.context, taken, Fence.after(5)) == "uncertain"
    (claim,) = desk.claims()
    assert claim.ended_at == taken.lapsed_at
    assert claim.settle_at == taken.lapsed_at + timedelta(seconds=0.6)


def test_after_a_give_back_it_runs_from_the_last_moment_that_the_attempt_could_have_lasted(desk: Desk) -> None:
    now = wall_clock()
    until_ = now + timedelta(minutes=1)
    held = creating(
        desk,
        lease=timedelta(seconds=5),
        settle_at=until_ + timedelta(seconds=0.6),
        attempted_at=now - timedelta(minutes=5),
    )
    desk.app.store.write(lambda tx: queue.give_back(tx, held, now=now))
    before = wall_clock()
    assert perform(desk.app.context, lease_of(desk, JobKind.OPEN_TICKET), Fence.after(5)) == "uncertain"
    (claim,) = desk.claims()
    assert claim.ended_at is not None
    assert claim.ended_at >= before


def test_a_closed_ticket_is_read_again_before_the_next_is_cut(desk: Desk) -> None:
    """A person may have opened it again, long after it was last read."""
    alert(desk)
    desk.settle()
    (ticket,) = desk.tickets()
    desk.close(ticket["key"])
    read_ticket(desk)
    assert desk.claims()[0].state is ClaimState.DONE
    desk.reopen(ticket["key"])
    desk.app.context = replace(desk.app.context, clock=lambda: wall_clock() + timedelta(seconds=15))
    later = replace(desk.subject(), at=wall_clock().timestamp() + 5)
    desk.deliver(payloads.event_alert(later), request_id="c")
    desk.settle()
    assert len(desk.tickets()) == 1
    assert desk.claims()[0].state is ClaimState.OPEN


def test_a_decision_whose_lease_was_lost_leaves_nothing_behind(desk: Desk) -> None:
    alert(desk)
    lease = lease_of(desk, JobKind.DECIDE, lease=timedelta(milliseconds=1))
    other = until(
        lambda: desk.app.store.write(
            lambda tx: queue.lease(tx, worker="x", limit=1, lease=timedelta(seconds=5), now=wall_clock())
        ),
        saying="the takeover",
    )[0]
    assert perform(desk.app.context, lease, Fence.after(5)) == "lease_lost"
    assert desk.claims() == []
    assert waiting(desk) == 1
    assert perform(desk.app.context, other, Fence.after(5)) == "first_ticket"
    assert len(desk.claims()) == 1


def test_settings_replaced_in_the_middle_of_a_job_end_it_with_the_old_ones(desk: Desk, settings: Settings) -> None:
    context: Context = desk.app.context
    alert(desk)
    lease = lease_of(desk, JobKind.DECIDE)
    desk.app.reload(replace(settings, trackers={}, instances={}))
    assert perform(context, lease, Fence.after(5)) == "first_ticket"
    desk.app.reload(settings)
    desk.settle()
    assert len(desk.tickets()) == 1
