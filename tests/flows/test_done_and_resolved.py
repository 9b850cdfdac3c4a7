"""Done in the tracker resolves in Sentry, resolved in Sentry moves the ticket, and neither answers the other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.flows.conftest import Desk
from tests.flows.doors import door
from tests.waiting import until
from vedette.flows.perform import perform
from vedette.flows.poll import poll_job
from vedette.flows.reconcile import audit_job
from vedette.flows.sorting import sort_deliveries
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, JobState
from vedette.model.policies import ClosedTicket, OnDone, Policy, PolicyChange, Rest, When
from vedette.model.secret import Secret
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.ports.http import Fence
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.settings import Hook
from vedette.sandbox.stage.settings import amended
from vedette.store import queue

SECRET = "jira-hook-secret-0001"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    jira = replace(settings.trackers["jira"], webhook_secret=Secret((SECRET,), "env/H"))
    return replace(settings, trackers={"jira": jira})


@pytest.fixture
def both_ways(desk: Desk) -> Iterator[Desk]:
    """The stand-ins tell the door of what happens to them."""
    with door(desk.app) as url:
        hooks = {"hooks": [{"url": f"{url}/hooks/jira", "secret": SECRET}]}
        desk.jira.on_loop(lambda state: state.configure(amended(state.config, hooks)))
        desk.sentry.subscribe(Hook(f"{url}/hooks/sentry", "client-secret", resources=("issue",)))
        yield desk


def choose(desk: Desk, settings: Settings, **policy: object) -> Policy:
    chosen = Policy("default", when=When(events_over=50), **policy)  # type: ignore[arg-type]
    desk.app.reload(replace(settings, policies=(chosen,)))
    return chosen


def opened(desk: Desk) -> str:
    desk.deliver(payloads.event_alert(desk.seed(lastSeen=datetime.now(UTC).timestamp() - 60)))
    desk.settle()
    return str(desk.tickets()[-1]["key"])


def heard(desk: Desk) -> None:
    """Everything that was told has arrived and was worked off, also what that made them tell."""

    def quiet() -> bool:
        desk.jira.told()
        desk.sentry.flush()
        desk.settle()
        return not desk.live_jobs()

    for _ in range(3):
        until(quiet, saying="quiet")


def status(desk: Desk, issue: int = 4512) -> str:
    found = desk.app.context.source("default").issue(
        IssueKey("default", str(issue)), window=None, now=datetime.now(UTC)
    )
    assert found is not None
    return str(found.status)


def see_again(desk: Desk, issue: int = 4512) -> None:
    """The error happens once more, now."""
    moment = datetime.now(UTC) + timedelta(seconds=1)
    memory = desk.sentry.memory
    found = memory.issue(str(issue))
    assert found is not None
    found.last_seen = moment.timestamp()


def comments(desk: Desk) -> int:
    return sum(len(ticket["comments"]) for ticket in desk.tickets())


def test_a_ticket_that_a_person_closes_resolves_its_issue_and_nobody_answers_that(
    both_ways: Desk, settings: Settings
) -> None:
    desk = both_ways
    choose(desk, settings, on_done=OnDone.RESOLVE, on_resolve="transition Done")
    key = opened(desk)
    desk.close(key)
    heard(desk)
    assert status(desk) == "resolved"
    assert [claim.state for claim in desk.claims()] == [ClaimState.DONE]
    assert desk.reasons().count("sentry_resolved") == 1
    assert "resolved" in {sent.action for sent in desk.sentry.hooks}  # Sentry did tell us of our own act
    assert (comments(desk), "ticket_moved" in desk.reasons()) == (0, False)


def test_it_happens_once_for_each_closing(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_done=OnDone.RESOLVE)
    key = opened(desk)
    for times in (1, 2):
        desk.close(key)
        heard(desk)
        assert desk.reasons().count("sentry_resolved") == times
        desk.sentry.resolve(4512, status="unresolved", hooks=False)
        desk.reopen(key)
        heard(desk)


@pytest.mark.parametrize("wish", [OnDone.NOTHING, OnDone.RESOLVE_IN_NEXT_RELEASE])
def test_the_policy_says_whether_and_how(both_ways: Desk, settings: Settings, wish: OnDone) -> None:
    desk = both_ways
    choose(desk, settings, on_done=wish)
    key = opened(desk)
    desk.close(key)
    heard(desk)
    found = desk.sentry.memory.issue("4512")
    assert found is not None
    if wish is OnDone.NOTHING:
        assert (found.status, "not_wished" in desk.reasons()) == ("unresolved", False)
    else:
        assert found.status == "resolved"
        assert found.status_details in ({"inNextRelease": True}, {"inRelease": found.status_details.get("inRelease")})
        assert "sentry_resolved_next" in desk.reasons()


def test_a_route_may_wish_for_it_where_the_policy_does_not(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    change = PolicyChange("teams.@acme/checkout.policy", on_done=OnDone.RESOLVE)
    team = replace(settings.teams["@acme/checkout"], changes=(change,))
    desk.app.reload(replace(settings, teams={**settings.teams, "@acme/checkout": team}))
    key = opened(desk)
    desk.close(key)
    heard(desk)
    assert status(desk) == "resolved"


def test_an_issue_that_was_seen_since_the_closing_is_not_resolved_and_it_is_said(
    both_ways: Desk, settings: Settings
) -> None:
    desk = both_ways
    choose(desk, settings, on_done=OnDone.RESOLVE)
    key = opened(desk)
    see_again(desk)
    desk.close(key)
    heard(desk)
    assert status(desk) == "unresolved"
    (told,) = [entry.sentence for entry in desk.told() if entry.reason == "seen_since_closing"]
    assert "has seen the error since" in told


def test_a_ticket_that_is_open_again_is_not_told_of_our_own_resolving(desk: Desk, settings: Settings) -> None:
    policy = choose(desk, settings, on_done=OnDone.RESOLVE, on_resolve="transition Done")
    key = opened(desk)
    desk.close(key)
    sweep(desk, policy)
    assert status(desk) == "resolved"
    desk.reopen(key)
    desk.app.store.write(lambda tx: queue.enqueue(tx, audit_job("jira"), now=datetime.now(UTC)))
    desk.settle()
    ours = replace(desk.subject(), status="resolved")
    desk.deliver(payloads.issue_changed(ours, "resolved"), "issue", request_id="late")
    desk.settle()
    assert "resolved_in_sentry" in desk.reasons()
    assert (desk.tickets()[0]["status"], comments(desk)) == ("To Do", 0)


def sweep(desk: Desk, policy: Policy) -> None:
    now = datetime.now(UTC)
    job = poll_job(policy, "default", slot=now)
    desk.app.store.write(lambda tx: queue.enqueue(tx, job, now=now))
    desk.settle()


def test_a_wont_do_resolves_nothing(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_done=OnDone.RESOLVE)
    key = opened(desk)
    desk.enter(key, "Won't Do")
    heard(desk)
    assert [claim.state for claim in desk.claims()] == [ClaimState.WONT_DO]
    assert status(desk) == "unresolved"


def test_a_ticket_that_was_reopened_meanwhile_resolves_nothing(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_done=OnDone.RESOLVE)
    key = opened(desk)
    desk.close(key)
    desk.jira.told()
    desk.advance(lambda: any(job.kind is JobKind.RESOLVE_ISSUE for job in desk.live_jobs()))
    desk.reopen(key)
    desk.jira.told()
    lease = queue_first(desk, JobKind.REFRESH_TICKETS)
    assert lease == "refreshed"
    desk.settle()
    assert status(desk) == "unresolved"
    assert "ticket_open_again" in desk.reasons()


def queue_first(desk: Desk, kind: JobKind) -> str:
    """Do the jobs of one kind before all others."""
    sort_deliveries(desk.app.context, worker="w")
    outcome = ""

    def done() -> bool:
        nonlocal outcome
        now = datetime.now(UTC)
        leases = desk.app.store.write(
            lambda tx: queue.lease(tx, worker="w", limit=1, lease=timedelta(seconds=5), now=now, kinds=[kind])
        )
        for lease in leases:
            outcome = perform(desk.app.context, lease, Fence.after(5))
        return bool(leases)

    until(done, saying=f"a {kind}")
    return outcome


@pytest.mark.parametrize("found_by", ["poll", "audit"])
def test_a_closing_that_no_hook_told_of_resolves_all_the_same(desk: Desk, settings: Settings, found_by: str) -> None:
    policy = choose(desk, settings, on_done=OnDone.RESOLVE)
    desk.close(opened(desk))
    now = datetime.now(UTC)
    job = poll_job(policy, "default", slot=now) if found_by == "poll" else audit_job("jira")
    desk.app.store.write(lambda tx: queue.enqueue(tx, job, now=now))
    desk.settle()
    assert status(desk) == "resolved"


def test_what_sentry_refuses_says_what_to_change(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_done=OnDone.RESOLVE)
    key = opened(desk)
    config = replace(settings.instances["default"], token=Secret(("stand-in-reader",), "env/T"))
    chosen = Policy("default", when=When(events_over=50), on_done=OnDone.RESOLVE)
    desk.app.reload(replace(settings, policies=(chosen,), instances={"default": config}))
    desk.close(key)
    desk.jira.told()
    desk.settle()
    (letter,) = [job for job in desk.jobs(JobState.DEAD) if job.kind is JobKind.RESOLVE_ISSUE]
    assert "give the token event:write, or write `on_done: nothing`" in letter.detail


def test_resolved_in_sentry_moves_the_ticket_and_says_why_and_resolves_nothing(
    both_ways: Desk, settings: Settings
) -> None:
    desk = both_ways
    choose(desk, settings, on_resolve="transition Done", on_done=OnDone.RESOLVE)
    opened(desk)
    desk.sentry.resolve(4512)
    heard(desk)
    (ticket,) = desk.tickets()
    assert (ticket["status"], len(ticket["comments"])) == ("Done", 1)
    assert "so this ticket was moved (Done)" in str(ticket["comments"])
    assert [claim.state for claim in desk.claims()] == [ClaimState.DONE]
    assert not [job for job in desk.jobs(JobState.DONE) if job.kind is JobKind.RESOLVE_ISSUE]


def test_a_transition_that_the_workflow_does_not_have_ends_in_a_sentence_with_those_it_has(
    both_ways: Desk, settings: Settings
) -> None:
    desk = both_ways
    choose(desk, settings, on_resolve="transition Shipped")
    opened(desk)
    desk.sentry.resolve(4512)
    heard(desk)
    (letter,) = desk.jobs(JobState.DEAD)
    assert letter.kind is JobKind.MOVE_TICKET
    assert "'Shipped': the workflow offers" in letter.detail
    assert "'Done'" in letter.detail


def test_one_resolving_moves_the_ticket_once_however_often_it_is_told(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_resolve="transition Done")
    key = opened(desk)
    desk.sentry.resolve(4512, hooks=False)
    told = payloads.issue_changed(replace(desk.subject(), status="resolved"), "resolved")
    sent_at = str(int(datetime.now(UTC).timestamp()))
    for number in ("a", "b"):
        desk.deliver(told, "issue", request_id=number, sent_at=sent_at)
        desk.settle()
        desk.reopen(key)
        heard(desk)
    assert desk.tickets()[0]["status"] == "To Do"
    assert desk.reasons().count("ticket_moved") == 1


def test_an_issue_that_regressed_before_the_move_leaves_its_ticket_open(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_resolve="transition Done")
    opened(desk)
    desk.sentry.resolve(4512)
    desk.sentry.flush()
    desk.advance(lambda: any(job.kind is JobKind.MOVE_TICKET for job in desk.live_jobs()))
    desk.sentry.resolve(4512, status="unresolved", hooks=False)
    heard(desk)
    assert "not_resolved_now" in desk.reasons()
    assert desk.tickets()[0]["category"] != "done"


def test_after_the_move_a_regression_is_a_closed_ticket_with_a_live_issue(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_resolve="transition Done", closed_ticket=Rest(ClosedTicket.REOPEN))
    opened(desk)
    desk.sentry.resolve(4512)
    heard(desk)
    desk.sentry.resolve(4512, status="unresolved", hooks=False)
    see_again(desk)
    subject = replace(desk.subject(), at=datetime.now(UTC).timestamp() + 1)
    desk.deliver(payloads.event_alert(subject), request_id="again")
    heard(desk)
    assert "reopened" in desk.reasons()
    assert desk.tickets()[0]["category"] != "done"


def test_a_move_whose_answer_was_lost_is_still_our_own(both_ways: Desk, settings: Settings) -> None:
    desk = both_ways
    choose(desk, settings, on_resolve="transition Done", on_done=OnDone.RESOLVE)
    opened(desk)
    desk.jira.fault(Kind.COMMIT_502, on="transition")
    desk.sentry.resolve(4512)
    heard(desk)
    assert [claim.state for claim in desk.claims()] == [ClaimState.DONE]
    assert not [job for job in desk.jobs(JobState.DONE) if job.kind is JobKind.RESOLVE_ISSUE]
