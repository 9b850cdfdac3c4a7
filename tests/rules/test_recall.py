"""What was due, what answers it, and when too little came."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.issues import Issue, IssueKey
from vedette.model.recall import HOUR, Hook, RecallHour, RecallSettings
from vedette.rules.recall import (
    answered_by,
    hour_of,
    is_well,
    listening_since,
    settled_until,
    share,
    shortfalls,
    sightings,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NOW = NOON + timedelta(minutes=20)
EVERYTHING = dict.fromkeys(Hook, NOON - 48 * HOUR)
MINUTE = timedelta(minutes=1)


def issue(*, first: datetime | None = None, last: datetime | None = None) -> Issue:
    return Issue(IssueKey("default", "1"), NOW, title="KeyError", project="shop", first_seen=first, last_seen=last)


def hour(project: str, due: int, heard: int, *, hook: Hook = Hook.ERROR, back: int = 0) -> RecallHour:
    return RecallHour(NOON - back * HOUR, "default", project, hook, due=due, heard=heard)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - aware by timezones
def test_an_hour_is_aligned_and_half_open(at: datetime) -> None:
    start = hour_of(at)
    assert start <= at < start + HOUR
    assert (start.minute, start.second, start.microsecond) == (0, 0, 0)
    assert hour_of(start) == start
    assert hour_of(start + HOUR) == start + HOUR


def test_an_old_issue_seen_again_owes_an_error_hook_in_the_hour_it_was_seen_in() -> None:
    found = list(sightings(issue(first=NOON - 500 * HOUR, last=NOON - MINUTE), EVERYTHING, now=NOW))
    assert [(each.hook, each.hour) for each in found] == [(Hook.ERROR, NOON - HOUR), (Hook.ALERT, NOON)]


def test_a_new_issue_owes_a_created_hook_in_the_hour_it_was_first_seen_in() -> None:
    found = list(sightings(issue(first=NOON - 3 * HOUR, last=NOON), EVERYTHING, now=NOW))
    assert [(each.hook, each.hour) for each in found][:2] == [(Hook.ERROR, NOON), (Hook.CREATED, NOON - 3 * HOUR)]


@pytest.mark.parametrize(("since", "due"), [(NOON, []), (NOON - HOUR, [Hook.ERROR]), (NOON - MINUTE, [Hook.ERROR])])
def test_what_nobody_could_have_heard_is_not_due(since: datetime, due: list[Hook]) -> None:
    seen = issue(last=NOON - MINUTE)
    assert [each.hook for each in sightings(seen, {Hook.ERROR: since}, now=NOW)] == due


def test_a_clock_that_runs_ahead_puts_nothing_into_an_hour_to_come() -> None:
    (found,) = sightings(issue(last=NOW + 2 * HOUR), {Hook.ERROR: NOON}, now=NOW)
    assert found.hour == NOON


def test_nothing_is_due_before_the_hour_after_the_first_sweep_and_the_first_hook() -> None:
    assert listening_since(None, swept=None, heard={Hook.ERROR: NOON}) == {}
    assert listening_since(None, swept=NOON - 5 * HOUR, heard={Hook.ERROR: NOON}) == {Hook.ERROR: NOON + HOUR}
    assert listening_since(None, swept=NOON, heard={Hook.ERROR: NOON - 5 * HOUR}) == {Hook.ERROR: NOON + HOUR}


def test_a_kind_that_the_settings_name_is_due_though_it_never_came() -> None:
    assert listening_since(frozenset({Hook.ALERT}), swept=NOON, heard={}) == {Hook.ALERT: NOON + HOUR}


def test_what_was_heard_three_weeks_ago_answers_nothing() -> None:
    for hook in Hook:
        (seen,) = (each for each in sightings(issue(first=NOW, last=NOW), {hook: NOON - HOUR}, now=NOW))
        stretch = answered_by(seen, grace=timedelta(minutes=10))
        assert stretch.received_from >= NOON - 24 * HOUR
        assert stretch.received_until == NOON + HOUR + timedelta(minutes=10)


@pytest.mark.parametrize(("now", "until"), [(NOON + 9 * MINUTE, NOON - HOUR), (NOON + 10 * MINUTE, NOON)])
def test_an_hour_is_settled_when_its_grace_is_over(now: datetime, until: datetime) -> None:
    assert settled_until(now, grace=timedelta(minutes=10)) == until


def test_nothing_due_is_no_share_and_not_all_of_it() -> None:
    assert share([]) is None
    assert share([hour("shop", 0, 0)]) is None
    assert share([hour("shop", 4, 3)]) == 0.75


@pytest.mark.parametrize(
    ("rows", "projects"),
    [
        ([hour("shop", 20, 18)], None),  # just enough: the alarm stands below
        ([hour("shop", 20, 17)], ["shop"]),
        ([hour("shop", 19, 0)], None),  # too few to tell
        ([hour("shop", 10, 5), hour("shop", 10, 5, back=1)], ["shop"]),  # hours are added up
        ([hour("shop", 100, 100), hour("api", 20, 0)], ["api"]),
        ([hour("shop", 1000, 1000), hour("api", 20, 0)], ["api"]),  # one that the others hide
        ([hour(name, 5, 0) for name in "abcd"], list("abcd")),  # each too small, together enough
        ([hour("shop", 50, 0, hook=Hook.ALERT)], None),  # fires by rule: nobody said the rules are ours
    ],
)
def test_too_few_hooks_are_a_shortfall(rows: list[RecallHour], projects: list[str] | None) -> None:
    found = shortfalls(rows, RecallSettings())
    assert (sorted(row.project for row in found[0].projects) if found else None) == projects


def test_kinds_are_weighed_apart_so_that_one_that_died_is_not_hidden_by_another() -> None:
    rows = [hour("shop", 1000, 1000), hour("shop", 30, 0, hook=Hook.CREATED)]
    assert [each.hook for each in shortfalls(rows, RecallSettings())] == [Hook.CREATED]


def test_alerts_are_weighed_where_the_settings_name_them_and_nothing_where_they_say_never() -> None:
    rows = [hour("shop", 50, 0, hook=Hook.ALERT)]
    assert shortfalls(rows, RecallSettings(hooks=frozenset({Hook.ALERT})))
    assert not shortfalls(rows, RecallSettings(hooks=frozenset({Hook.ALERT}), alarm_below=None))


def test_silence_is_no_recovery() -> None:
    usual = RecallSettings()
    assert not is_well([], usual, instance="default", hook=Hook.ERROR)
    assert not is_well([hour("shop", 5, 5)], usual, instance="default", hook=Hook.ERROR)
    assert is_well([hour("shop", 40, 40)], usual, instance="default", hook=Hook.ERROR)
    assert not is_well([hour("shop", 40, 20)], usual, instance="default", hook=Hook.ERROR)
