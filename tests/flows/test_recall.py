"""Webhook recall: what sweeps saw is held against the hooks that came, by the hour; too little of it is an alarm."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.flows.conftest import Desk
from vedette.flows.context import Context, wall_clock
from vedette.flows.poll import poll_job
from vedette.flows.recall import look, settle_recall
from vedette.flows.sorting import sort_deliveries
from vedette.model.issues import Issue, IssueKey
from vedette.model.journal import Entry, EntryKind
from vedette.model.recall import HOUR, Hook, RecallHour, RecallSettings, Sighting
from vedette.model.settings import Settings
from vedette.rules.recall import hour_of
from vedette.sandbox.sentry import payloads
from vedette.store import journal, queue, recall

MINUTE = timedelta(minutes=1)
# Deliveries come by the real clock: what was seen happens now, and the settling is what lies ahead.
START = hour_of(wall_clock())


def at(desk: Desk, moment: datetime) -> Context:
    """The desk at another time."""
    return replace(desk.app.context, clock=lambda: moment)


def seen(number: int, *, last: datetime, first: datetime | None = None, project: str = "checkout") -> Issue:
    return Issue(
        IssueKey("default", str(number)), last, title="KeyError", project=project, first_seen=first, last_seen=last
    )


def listen_since_yesterday(desk: Desk, *hooks: Hook) -> None:
    """As if hooks of these kinds, and sweeps, had been there for a day."""
    day = START - 24 * HOUR
    desk.app.store.write(lambda tx: recall.note_sweep(tx, "default", hour=day))
    desk.app.store.write(lambda tx: recall.note_heard(tx, {("default", hook): 1 for hook in hooks}, hour=day))


def hours(desk: Desk) -> list[RecallHour]:
    return desk.app.store.read(lambda tx: recall.hours(tx, since=START - 100 * HOUR, until=START + 100 * HOUR))


def missed(desk: Desk) -> list[Sighting]:
    return desk.app.store.read(lambda tx: recall.missed(tx, since=START - 100 * HOUR, limit=100))


def alarms(desk: Desk, reason: str = "recall_low") -> list[Entry]:
    return desk.app.store.read(lambda tx: journal.search(tx, reason=reason, limit=10))


def hear(desk: Desk, issue: int, *, happened: datetime, kind: str = "error") -> None:
    subject = replace(desk.subject(issue=issue), at=happened.timestamp())
    if kind == "created":
        desk.deliver(payloads.issue_created(subject), "issue", request_id=f"{issue}")
    elif kind == "error":
        desk.deliver(payloads.error_created(subject), "error", request_id=f"{issue}")
    else:
        desk.deliver(payloads.event_alert(subject), request_id=f"{issue}")
    sort_deliveries(desk.app.context, worker="test")


def test_of_the_issues_seen_in_an_hour_those_with_an_error_hook_of_that_hour_were_heard(desk: Desk) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    look(desk.app.context, "default", [seen(1, last=now), seen(2, last=now)])
    hear(desk, 1, happened=now)
    settle_recall(at(desk, hour_of(now) + HOUR + 11 * MINUTE))
    assert hours(desk) == [RecallHour(hour_of(now), "default", "checkout", Hook.ERROR, due=2, heard=1)]
    assert [each.issue.id for each in missed(desk)] == ["2"]


def test_an_hour_is_not_settled_before_its_grace_is_over(desk: Desk) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    look(desk.app.context, "default", [seen(1, last=now)])
    assert settle_recall(at(desk, hour_of(now) + HOUR + 9 * MINUTE)) == 0
    assert hours(desk) == []


def test_a_hook_of_an_earlier_hour_does_not_count_as_heard_now(desk: Desk) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    hear(desk, 1, happened=now - 2 * HOUR)
    look(desk.app.context, "default", [seen(1, last=now)])
    settle_recall(at(desk, hour_of(now) + 2 * HOUR))
    assert [(each.due, each.heard) for each in hours(desk)] == [(1, 0)]


def test_a_hook_that_comes_after_the_grace_was_missed(desk: Desk) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    past = hour_of(now) - 3 * HOUR + MINUTE
    look(at(desk, past), "default", [seen(1, last=past)])
    hear(desk, 1, happened=past)  # it comes now, three hours late
    settle_recall(desk.app.context)
    assert [(each.due, each.heard) for each in hours(desk)] == [(1, 0)]


@pytest.mark.parametrize(("kind", "heard"), [("created", 1), ("error", 0)])
def test_a_new_issue_is_heard_by_a_created_hook_and_by_no_other(desk: Desk, kind: str, heard: int) -> None:
    listen_since_yesterday(desk, Hook.CREATED)
    now = wall_clock()
    look(desk.app.context, "default", [seen(1, first=now, last=now), seen(2, first=now - 72 * HOUR, last=now)])
    hear(desk, 1, happened=now, kind=kind)
    settle_recall(at(desk, hour_of(now) + 2 * HOUR))
    assert hours(desk) == [RecallHour(hour_of(now), "default", "checkout", Hook.CREATED, due=1, heard=heard)]


def test_an_issue_that_stays_above_the_thresholds_is_due_one_alert_a_day(desk: Desk) -> None:
    desk.app.reload(replace(desk.app.context.settings, recall=RecallSettings(hooks=frozenset({Hook.ALERT}))))
    listen_since_yesterday(desk)
    now = wall_clock()
    hear(desk, 1, happened=now, kind="alert")
    for step in range(30):
        look(at(desk, now + step * HOUR), "default", [seen(1, last=now)])
    settle_recall(at(desk, now + 40 * HOUR))
    assert [(each.hour, each.due, each.heard) for each in hours(desk)] == [
        (hour_of(now), 1, 1),
        (hour_of(now) + 24 * HOUR, 1, 0),
    ]


def test_with_no_sweep_or_no_hook_before_it_there_is_no_figure(desk: Desk) -> None:
    now = wall_clock()
    look(desk.app.context, "default", [seen(1, last=now)])
    look(desk.app.context, "default", [seen(1, last=now)])
    settle_recall(at(desk, now + 3 * HOUR))
    assert hours(desk) == []


def test_sweeps_that_see_the_same_and_replicas_that_settle_together_count_once(desk: Desk) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    for _ in range(3):
        look(desk.app.context, "default", [seen(1, last=now)])
    later = at(desk, now + 3 * HOUR)
    waiting = desk.app.store.read(lambda tx: recall.unsettled(tx, until=now + 3 * HOUR, limit=10))
    settle_recall(later)
    desk.app.store.write(lambda tx: recall.settle(tx, [(each, True) for each in waiting]))
    look(desk.app.context, "default", [seen(1, last=now)])
    settle_recall(later)
    assert [(each.due, each.heard) for each in hours(desk)] == [(1, 0)]


def test_hooks_that_stop_raise_one_alarm_with_the_projects_and_their_return_is_told(desk: Desk) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    look(desk.app.context, "default", [seen(number, last=now) for number in range(30)])
    for _ in range(3):
        settle_recall(at(desk, hour_of(now) + HOUR + 15 * MINUTE))
    (alarm,) = alarms(desk)
    assert alarm.kind is EntryKind.ALARM
    assert "of 30 error hooks that sentry default owed in 3 h, 0 came" in alarm.sentence
    assert "checkout 0 of 30" in alarm.sentence
    later = hour_of(now) + 5 * HOUR
    fresh = [Sighting(IssueKey("default", str(n)), Hook.ERROR, later, "checkout") for n in range(30)]
    desk.app.store.write(lambda tx: recall.see(tx, fresh))
    desk.app.store.write(lambda tx: recall.settle(tx, [(each, True) for each in fresh]))
    settle_recall(at(desk, later + HOUR + 15 * MINUTE))
    assert len(alarms(desk)) == 1
    assert [entry.sentence for entry in alarms(desk, "recall_well")] == ["the error hooks of sentry default come again"]


def test_a_project_that_falls_short_later_is_told_too(desk: Desk) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    late = at(desk, hour_of(now) + HOUR + 15 * MINUTE)
    look(desk.app.context, "default", [seen(number, last=now) for number in range(30)])
    settle_recall(late)
    look(desk.app.context, "default", [seen(100 + number, last=now, project="api") for number in range(30)])
    settle_recall(late)
    assert len(alarms(desk)) == 2
    assert "api 0 of 30" in alarms(desk)[0].sentence


def test_what_the_hooks_missed_is_filled_in_by_the_sweep_that_noticed_it(desk: Desk, settings: Settings) -> None:
    listen_since_yesterday(desk, Hook.ERROR)
    now = wall_clock()
    desk.seed(issue=1)
    desk.seed(issue=2)
    hear(desk, 1, happened=now)
    desk.app.store.write(lambda tx: queue.enqueue(tx, poll_job(settings.policies[0], "default", slot=now), now=now))
    desk.settle()
    settle_recall(at(desk, wall_clock() + 2 * HOUR))
    assert [each.issue.id for each in missed(desk)] == ["2"]
    (claim,) = desk.claims(2)
    assert claim.ticket is not None
