"""Conditions from Sentry to people: errors arrive, a window is counted, somebody is told and a ticket is cut."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.flows.conftest import Desk
from tests.flows.monitoring import FIVE, SHOP, START, Watch, settings_with, window
from vedette.flows import alarms
from vedette.integrations import webhook
from vedette.model.alarms import CauseKind
from vedette.model.conditions import Condition, ConditionKind
from vedette.model.events import Trigger
from vedette.model.metrics import Point
from vedette.model.policies import Policy
from vedette.model.secret import Secret
from vedette.model.settings import AlarmSettings, NotifierSettings, Settings
from vedette.sandbox.notifiers.webhook import WebhookStandIn
from vedette.store import alarms as remembered
from vedette.store import windows

MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)
OLD, BORN = 4512, 4600
CONDITIONS = (
    Condition("grows", ConditionKind.GROWTH, count_over=50, percent_over=100, floor=20, ticket=True, issues=1),
    Condition("fresh", ConditionKind.NEW_ERROR, count_over=5, windows=2, ticket=True),
    Condition("silent", ConditionKind.FLAT_LINE, usual_at_least=5, windows=2),
)


@pytest.fixture
def hook() -> Iterator[WebhookStandIn]:
    with WebhookStandIn() as hook:
        yield hook


@pytest.fixture
def watch(desk: Desk, settings: Settings, hook: WebhookStandIn) -> Watch:
    config = webhook.Config(
        url=Secret((hook.url + hook.path,), "env/W"), secret=Secret((hook.secret,), "env/X"), allow_private=True
    )
    asked = settings_with(settings, SHOP, conditions=CONDITIONS)
    quick: dict[str, Any] = {"rate_per_s": 1000.0, "timeout": timedelta(seconds=2)}
    desk.app.reload(
        replace(
            asked,
            notifiers={"hook": NotifierSettings("hook", "webhook", config, **quick)},
            alarms=AlarmSettings(("hook",)),
            policies=(Policy("default", on=frozenset({Trigger.MONITOR})),),
        )
    )
    made = Watch(desk)
    made.arrive(START - WEEK, issue=OLD, frames=["shop/cart.py"])
    usually(made, 20)
    return made


def usually(watch: Watch, total: int) -> None:
    """What every window of the hour held in the four weeks before."""
    for week in range(1, 5):
        for number in range(-1, 12):
            of_then = Point("shop", "default", window(number).earlier(week * WEEK), total, 1)
            watch.desk.app.store.write(
                lambda tx, point=of_then: windows.save(tx, point, counts={str(OLD): total}, now=START)  # type: ignore[misc]
            )


def arrive(watch: Watch, number: int, count: int) -> None:
    """So many more events of the old issue, within the window."""
    watch.desk.sentry.pour({"issue": OLD, "at": window(number).start.timestamp() + 60, "weights": [count]})


def hear(watch: Watch, number: int) -> None:
    """The window is over and counted; what it brings about is told and worked off."""
    watch.run(START + (number + 1) * FIVE)
    alarms.look(watch.context)
    alarms.tell(watch.context)
    watch.work()


def of_conditions(hook: WebhookStandIn) -> list[tuple[str, str]]:
    return [(each["state"], each["facts"]["condition"]) for each in hook.taken if each["kind"] == CauseKind.CONDITION]


def standing(watch: Watch) -> list[str]:
    found = watch.desk.app.store.read(lambda tx: remembered.standing(tx, kinds={CauseKind.CONDITION}))
    return [alarm.cause.key for alarm in found]


def test_a_growth_at_sentry_is_told_once_cuts_one_ticket_and_its_end_is_told(
    watch: Watch, hook: WebhookStandIn
) -> None:
    arrive(watch, 0, 90)
    hear(watch, 0)
    assert of_conditions(hook) == [("opened", "grows")]
    sentence = "shop: 90 errors in [2026-03-02 10:00, 10:05) UTC, 350 % over the usual 20 (median of 4 weeks), floor 20"
    assert hook.taken[0]["title"] == sentence
    assert hook.taken[0]["facts"]["errors"].startswith("CHECKOUT-")
    (ticket,) = watch.desk.tickets()
    assert ticket["project"] == "PAY"
    arrive(watch, 1, 95)
    hear(watch, 1)
    arrive(watch, 2, 20)
    hear(watch, 2)
    arrive(watch, 3, 20)
    hear(watch, 3)
    assert of_conditions(hook) == [("opened", "grows"), ("resolved", "grows")]
    assert len(watch.desk.tickets()) == 1
    told = [entry.sentence for entry in watch.desk.told(OLD) if entry.reason == "first_ticket"]
    assert told == [f"condition grows came true: {sentence}"]


def test_a_new_error_at_sentry_is_told_by_its_name_and_gets_its_ticket(watch: Watch, hook: WebhookStandIn) -> None:
    arrive(watch, 0, 20)
    watch.arrive(START + MINUTE, count=6, issue=BORN, frames=["shop/cart.py"])
    hear(watch, 0)
    assert of_conditions(hook) == [("opened", "fresh")]
    (claim,) = watch.desk.claims(BORN)
    assert claim.ticket is not None
    assert watch.desk.claims(OLD) == []
    arrive(watch, 1, 20)
    hear(watch, 1)
    arrive(watch, 2, 20)
    hear(watch, 2)
    assert standing(watch) == []


def test_an_outage_of_sentry_is_no_flat_line_and_real_silence_is(watch: Watch, hook: WebhookStandIn) -> None:
    arrive(watch, 0, 20)
    hear(watch, 0)
    watch.desk.sentry.faults(faults=[{"kind": "status", "path": "events/", "status": 503}])
    for number in range(1, 5):
        hear(watch, number)
    assert standing(watch) == []
    watch.desk.sentry.faults(clear=True)
    for number in range(1, 6):
        arrive(watch, number, 19)
    hear(watch, 5)
    assert watch.total(4) == 19
    assert (standing(watch), of_conditions(hook)) == ([], [])
    hear(watch, 6)
    assert standing(watch) == []
    hear(watch, 7)
    assert of_conditions(hook) == [("opened", "silent")]
    arrive(watch, 8, 4)
    hear(watch, 8)
    assert standing(watch) == []


def test_a_late_event_that_the_look_back_finds_ends_a_silence_that_was_none(watch: Watch) -> None:
    hear(watch, 0)
    hear(watch, 1)
    assert standing(watch) == ["condition:flat_line:silent:shop"]
    arrive(watch, 1, 2)
    hear(watch, 2)
    assert watch.total(1) == 2
    assert standing(watch) == []
