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
from vedette.flows.context import wall_clock
from vedette.flows.schedule import tick
from vedette.model.flood import Caps, Held, HeldState, Place, is_digest
from vedette.model.settings import Settings, StoreSettings
from vedette.model.tickets import Claim, ClaimState
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
            return not queue.depth(tx, wall_clock()) and not flood.restless(tx, until=wall_clock())

        return desk.app.store.read(look)

    until(done, within=within, every=0.1, saying="the workers to be done")


def reasons(desk: Desk, issues: range) -> Counter[str]:
    return Counter(desk.reasons(number)[-1] if desk.reasons(number) else "" for number in issues)


FLOOD = {"sqlite": 500, "postgres": 200}


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
    assert verdict.duplicates == ()
    waiting = held(crowd)
    assert {str(each.place) for each in waiting} == {"jira/PAY", "jira/TRIAGE"}
    assert len(waiting) == flood_of - 20
    assert not {each.issue for each in waiting} & {claim.issue for claim in own}
    assert {each.digest for each in waiting} == {digest(crowd, PAY).id, digest(crowd, Place("jira", "TRIAGE")).id}
    assert verdict.operations["create"] == 22
    assert sum(verdict.operations.values()) < 22 * 6


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
