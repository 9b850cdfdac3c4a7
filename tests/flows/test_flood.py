"""A flood: the caps let some tickets through, one digest a place lists every other issue, and nothing is lost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.flows.conftest import Desk
from tests.waiting import until
from vedette.app import App
from vedette.flows import suppressing
from vedette.flows.context import wall_clock
from vedette.flows.digests import keep_job
from vedette.flows.foresee import foresee_poll
from vedette.flows.poll import poll_job
from vedette.flows.reconcile import audit_tracker
from vedette.flows.schedule import tick
from vedette.flows.splitting import ask
from vedette.model.flood import Caps, Held, HeldState, Place, is_digest
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobState
from vedette.model.policies import Mute, OnDone
from vedette.model.settings import Settings, StoreSettings
from vedette.model.tickets import Claim, ClaimState
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.store import flood, ledger, queue
from vedette.store.database import Tx

PAY = Place("jira", "PAY")
SOON = timedelta(seconds=2)
AT_ONCE = {"digest_after": timedelta(0), "digest_every": timedelta(milliseconds=50)}


def capped(desk: Desk, settings: Settings, **caps: Any) -> Settings:
    """Caps of the test's own, the others off; digests speak at once."""
    made = Caps(**{"per_run": None, "per_route_per_hour": None, "per_hour": None, **AT_ONCE, **caps})
    changed = replace(settings, caps=made)
    desk.app.reload(changed)
    return changed


def alerts(desk: Desk, issues: range, *, path: str = "shop/cart.py") -> None:
    for number in issues:
        subject = desk.seed(issue=number, path=path, count=number)
        desk.deliver(payloads.event_alert(subject), request_id=f"r{number}")


def work_off(desk: Desk, *, within: float = 20.0) -> None:
    """Work, the clock ticking, until nothing is left to do and the digests have nothing to say."""

    def done() -> bool:
        tick(desk.app.context)
        while desk.step():
            pass
        return not desk.live_jobs() and not desk.app.store.read(lambda tx: flood.restless(tx, until=wall_clock()))

    until(done, within=within, every=0.02, saying="the flood to be worked off")


def held(desk: Desk, *states: HeldState) -> list[Held]:
    wanted = states or (HeldState.HELD,)
    return desk.app.store.read(lambda tx: flood.listing(tx, states=wanted))


def digest(desk: Desk, place: Place = PAY) -> Claim:
    claims = desk.app.store.read(lambda tx: ledger.history(tx, place.digest))
    assert claims, f"{place} has no digest"
    return claims[-1]


@pytest.fixture(params=["sqlite", "postgres"])
def crowd(
    request: pytest.FixtureRequest, settings: Settings, sentry: SentryStandIn, jira: JiraStandIn
) -> Iterator[Desk]:
    """A desk whose four worker threads run by themselves, once per database."""
    if request.param == "postgres":
        settings = replace(settings, store=StoreSettings(url=request.getfixturevalue("postgres_url")))
    patient = replace(settings.queue, workers=4, breaker_after=500, breaker_rest=timedelta(milliseconds=50))
    app = App.build(replace(settings, queue=patient, caps=Caps(per_run=None, digest_after=SOON, digest_every=SOON)))
    worker = app.worker()
    app.store.on_commit(worker.wake)
    worker.start()
    try:
        yield Desk(app, sentry, jira)
    finally:
        worker.stop(timeout=20)
        app.close()


def quiet(desk: Desk, *, within: float = 60.0) -> None:
    """Wait until the workers have nothing left to do and the digests nothing to say."""

    def done() -> bool:
        def look(tx: Tx) -> bool:
            waits = flood.restless(tx, until=wall_clock()) or flood.listing(tx, states=[HeldState.ASKED], limit=1)
            return not queue.depth(tx, wall_clock()) and not waits

        return desk.app.store.read(look)

    until(done, within=within, every=0.1, saying="the workers to be done")


def reasons(desk: Desk, issues: range) -> Counter[str]:
    return Counter(desk.reasons(number)[-1] if desk.reasons(number) else "" for number in issues)


SPLIT = 30
FLOOD = {"sqlite": 500, "postgres": 120}


def test_500_issues_in_a_minute_make_as_many_tickets_as_the_caps_allow_and_one_digest_a_place(
    crowd: Desk, request: pytest.FixtureRequest
) -> None:
    flood_of = FLOOD[request.node.callspec.params["crowd"]]
    for number in range(1, flood_of + 1):
        path = "shop/cart.py" if number % 2 else "lib/other.py"
        subject = crowd.seed(issue=number, path=path, count=number)
        crowd.deliver(payloads.event_alert(subject), request_id=f"r{number}")
    quiet(crowd)
    verdict = crowd.jira.verdict()
    own = crowd.app.store.read(lambda tx: [c for c in ledger.all_claims(tx, limit=1000) if not is_digest(c.issue)])
    assert Counter(claim.route.project for claim in own) == {"PAY": 10, "TRIAGE": 10}
    assert {claim.state for claim in own} == {ClaimState.OPEN}
    assert verdict.tickets == 22
    waiting = held(crowd)
    assert {str(each.place) for each in waiting} == {"jira/PAY", "jira/TRIAGE"}
    assert len(waiting) == flood_of - 20
    assert not {each.issue for each in waiting} & {claim.issue for claim in own}
    assert {each.digest for each in waiting} == {digest(crowd, PAY).id, digest(crowd, Place("jira", "TRIAGE")).id}
    assert verdict.operations["create"] == 22
    assert sum(verdict.operations.values()) < 22 * 6
    for kind in (Kind.COMMIT_RESET, Kind.ERROR_503, Kind.COMMIT_502, Kind.RESET):
        crowd.jira.fault(kind, on="create")
    chosen = [each.id for each in waiting[:SPLIT]]
    for _ in range(2):
        ask(crowd.app.context, chosen, over_caps=True, by="by hand")
    quiet(crowd)
    assert len(held(crowd)) == len(waiting) - SPLIT
    gone = held(crowd, HeldState.SPLIT)
    assert {each.id for each in gone} == set(chosen)
    cut = [crowd.claims(int(each.issue.id)) for each in gone]
    assert [[claim.state for claim in claims] for claims in cut] == [[ClaimState.OPEN]] * SPLIT
    assert len(crowd.tickets()) == 22 + SPLIT


def test_what_meets_the_cap_of_a_route_is_listed_in_one_digest(desk: Desk, settings: Settings) -> None:
    capped(desk, settings, per_route_per_hour=2)
    alerts(desk, range(101, 108))
    work_off(desk)
    tickets = desk.tickets()
    assert len(tickets) == 3
    assert len(held(desk)) == 5
    claim = digest(desk)
    assert claim.state is ClaimState.OPEN
    assert claim.ticket is not None
    (listed,) = [ticket for ticket in tickets if ticket["key"] == claim.ticket.key]
    body = str(listed)
    for each in held(desk):
        assert f"/issues/{each.issue.id}/" in body
        assert each.digest == claim.id
        (entry,) = [entry for entry in desk.told(int(each.issue.id)) if entry.kind == "decision"]
        assert entry.reason == "held_by_cap"
        assert "jira/PAY within the hour, whose cap is 2" in entry.sentence


def split(desk: Desk, ids: list[int], *, over_caps: bool = False) -> None:
    ask(desk.app.context, ids, over_caps=over_caps, by="by hand")


def test_what_is_split_off_gets_one_ticket_and_the_digest_says_so_and_closes_when_empty(
    desk: Desk, settings: Settings
) -> None:
    capped(desk, settings, per_route_per_hour=1)
    alerts(desk, range(101, 104))
    work_off(desk)
    before = digest(desk)
    split(desk, [each.id for each in held(desk)], over_caps=True)
    work_off(desk)
    assert held(desk) == []
    assert {each.issue.id for each in held(desk, HeldState.SPLIT)} == {"102", "103"}
    tickets = desk.tickets()
    assert len(tickets) == 4
    claim = digest(desk)
    assert claim.id == before.id
    assert claim.state is ClaimState.DONE
    assert claim.ticket is not None
    comments = str(next(ticket for ticket in tickets if ticket["key"] == claim.ticket.key))
    for number in (102, 103):
        (own,) = desk.claims(number)
        assert own.state is ClaimState.OPEN
        assert own.ticket is not None
        assert own.ticket.key in comments
        assert any("a ticket of its own was asked for" in entry.sentence for entry in desk.told(number))


def test_what_is_split_off_waits_for_room_under_the_caps(desk: Desk, settings: Settings) -> None:
    changed = capped(desk, settings, per_route_per_hour=2)
    alerts(desk, range(101, 107))
    work_off(desk)
    split(desk, [each.id for each in held(desk)])
    work_off(desk)
    assert len(held(desk, HeldState.ASKED)) == 4
    assert len(desk.tickets()) == 3
    capped(desk, changed, per_route_per_hour=5)
    work_off(desk)
    assert len(held(desk, HeldState.ASKED)) == 1
    assert len(held(desk, HeldState.SPLIT)) == 3
    assert digest(desk).state is ClaimState.OPEN


def test_news_of_a_held_issue_is_counted_and_opens_nothing(desk: Desk, settings: Settings) -> None:
    capped(desk, settings, per_route_per_hour=0)
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    work_off(desk)
    desk.deliver(payloads.event_alert(subject), request_id="b")
    work_off(desk)
    (row,) = held(desk)
    assert row.news == 2
    assert desk.reasons().count("held_by_cap") == 1
    assert desk.reasons().count("held_in_digest") == 1
    assert len(desk.tickets()) == 1


def test_a_closed_digest_says_dealt_with_until_the_error_is_seen_again(desk: Desk, settings: Settings) -> None:
    resolving = (replace(settings.policies[0], on_done=OnDone.RESOLVE),)
    changed = capped(desk, replace(settings, policies=resolving), per_route_per_hour=0)
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    work_off(desk)
    claim = digest(desk)
    assert claim.ticket is not None
    desk.close(claim.ticket.key)
    now = wall_clock()
    desk.app.store.write(lambda tx: queue.enqueue(tx, keep_job(PAY), now=now))
    work_off(desk)
    assert held(desk) == []
    (row,) = held(desk, HeldState.CLOSED)
    assert "was closed" in row.sentence
    assert desk.jobs(JobState.DEAD) == []
    capped(desk, changed)
    job = poll_job(settings.policies[0], "default", slot=now)
    desk.app.store.write(lambda tx: queue.enqueue(tx, job, now=now))
    work_off(desk)
    assert desk.claims() == []
    assert "nothing_newer_than_closing" in desk.reasons()
    desk.deliver(payloads.event_alert(desk.subject()), request_id="later")
    work_off(desk)
    (own,) = desk.claims()
    assert own.state is ClaimState.OPEN


def test_a_digest_is_found_again_after_a_create_without_an_answer(desk: Desk, settings: Settings) -> None:
    capped(desk, settings, per_route_per_hour=0)
    desk.jira.fault(Kind.COMMIT_RESET, on="create")
    alerts(desk, range(101, 105))
    work_off(desk)
    assert len(desk.tickets()) == 1
    assert digest(desk).state is ClaimState.OPEN
    assert {each.digest for each in held(desk)} == {digest(desk).id}


def test_a_sweep_cuts_no_more_than_its_cap(desk: Desk, settings: Settings) -> None:
    capped(desk, settings, per_run=3)
    for number in range(101, 110):
        desk.seed(issue=number, count=number)
    now = wall_clock()
    for _ in range(2):
        job = poll_job(settings.policies[0], "default", slot=now)
        desk.app.store.write(lambda tx, job=job: queue.enqueue(tx, job, now=now))  # type: ignore[misc]
        work_off(desk)
    assert len(held(desk)) == 6
    assert "this sweep has cut 3 tickets" in held(desk)[0].sentence


def test_the_audit_finds_nothing_strange_about_a_digest(desk: Desk, settings: Settings) -> None:
    capped(desk, settings, per_route_per_hour=0)
    alerts(desk, range(101, 103))
    work_off(desk)
    assert audit_tracker(desk.app.context, "jira").differences == []


def test_an_issue_merged_into_another_is_held_as_the_other(desk: Desk, settings: Settings) -> None:
    capped(desk, settings, per_route_per_hour=0)
    alerts(desk, range(101, 102))
    work_off(desk)
    target = IssueKey("default", "999")
    desk.app.store.write(lambda tx: flood.follow_merge(tx, IssueKey("default", "101"), target))
    assert [each.issue for each in held(desk)] == [target]


def test_a_refused_digest_holds_nothing_back(desk: Desk, settings: Settings) -> None:
    changed = capped(desk, settings, per_route_per_hour=0)
    team = changed.teams["@acme/checkout"]
    assert team.route is not None
    wrong = replace(team, route=replace(team.route, type="Nonsense"))
    desk.app.reload(replace(changed, teams={**changed.teams, "@acme/checkout": wrong}))
    alerts(desk, range(101, 102))
    work_off_but_dead(desk)
    assert digest(desk).state is ClaimState.DROPPED
    assert [each.digest for each in held(desk)] == [digest(desk).id]
    capped(desk, settings)
    desk.deliver(payloads.event_alert(desk.subject(issue=101)), request_id="later")
    desk.settle()
    (own,) = desk.claims(101)
    assert own.state is ClaimState.OPEN


def work_off_but_dead(desk: Desk) -> None:
    def done() -> bool:
        tick(desk.app.context)
        while desk.step():
            pass
        return bool(desk.jobs(JobState.DEAD))

    until(done, within=60, every=0.02, saying="the refusal")


def test_what_a_rule_drops_is_stored_and_counted_and_asks_sentry_nothing(desk: Desk, settings: Settings) -> None:
    changed = replace(settings, mutes=(Mute("a scanner", title="KeyError*", drop=True),))
    desk.app.reload(changed)
    subject = desk.subject(issue=4711)  # which Sentry does not have: a decision would say so
    desk.deliver(payloads.event_alert(subject))
    desk.settle()
    assert desk.jobs(JobState.DONE) == []
    (entry,) = desk.told(4711)
    assert (entry.kind, entry.reason, entry.details["rule"]) == ("ignored", "dropped_by_rule", "a scanner")
    (row,) = desk.app.store.read(lambda tx: suppressing.since(tx, wall_clock() - timedelta(hours=1)))
    assert (row.reason, row.rule, row.count) == ("dropped_by_rule", "a scanner", 1)
    assert row.issues[0][0] == "default/4711"


def test_a_sweep_decides_on_nothing_that_a_rule_drops(desk: Desk, settings: Settings) -> None:
    desk.app.reload(replace(settings, mutes=(Mute("a scanner", project="checkout", drop=True),)))
    desk.seed()
    now = wall_clock()
    job = poll_job(settings.policies[0], "default", slot=now)
    desk.app.store.write(lambda tx: queue.enqueue(tx, job, now=now))
    desk.settle()
    assert desk.told() == []
    (row,) = desk.app.store.read(lambda tx: suppressing.since(tx, wall_clock() - timedelta(hours=1)))
    assert (row.reason, row.count) == ("dropped_by_rule", 1)


def test_everything_suppressed_is_counted_by_reason_and_rule(desk: Desk, settings: Settings) -> None:
    changed = capped(desk, settings, per_route_per_hour=0)
    desk.app.reload(replace(changed, mutes=(Mute("known flake", issue="101"),)))
    alerts(desk, range(101, 104))
    work_off(desk)
    rows = desk.app.store.read(lambda tx: suppressing.since(tx, wall_clock() - timedelta(hours=1)))
    assert {(row.reason, row.rule, row.count) for row in rows} == {
        ("held_by_cap", "jira/PAY", 2),
        ("muted", "known flake", 1),
    }
    assert desk.app.store.read(flood.waiting) == {"asked": 0, "held": 2}


def test_a_dry_sweep_says_what_the_caps_would_hold_back(desk: Desk, settings: Settings) -> None:
    changed = capped(desk, settings, per_route_per_hour=4)
    alerts(desk, range(101, 103))
    work_off(desk)
    desk.app.reload(changed)
    for number in range(103, 108):
        desk.seed(issue=number, count=number)
    dry = replace(desk.app.context, dry=True)
    seen = [each.decisions[0].reason for each in foresee_poll(dry, settings.policies[0], "default")]
    already = len([claim for number in range(101, 108) for claim in desk.claims(number)])
    assert Counter(seen) == {"ticket_open": already, "first_ticket": 4 - already, "held_by_cap": 3}
    assert held(desk) == []
