"""Alarming: once per cause and quiet time, to whom it concerns, and no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.alarms import Alarm, Cause, CauseKind, NoticeState, Severity
from vedette.model.owners import Team
from vedette.model.settings import AlarmSettings
from vedette.rules.alarming import CALM, Silence, Telling, audience, notice, telling

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CAUSE = Cause("dead:jira", CauseKind.DEAD_LETTERS, Severity.ERROR, "jira refuses", "change it", path="/dead")
ALARM = Alarm(CAUSE, 1, NOON, NOON, 1, None, 0, (), None)
SETTINGS = AlarmSettings(("pager", "mail"), quiet=4 * HOUR)
TEAMS = {"@acme/x": Team("@acme/x", notify=("slack-x", "gone")), "@acme/y": Team("@acme/y")}
KNOWN = ("pager", "mail", "slack-x")


def asked(alarm: Alarm, *, now: datetime = NOON, ill: tuple[str, ...] = ()) -> Telling | Silence:
    return telling(alarm, settings=SETTINGS, teams=TEAMS, known=KNOWN, ill=ill, now=now)


TOLD = replace(ALARM, told=("mail", "pager"), told_at=NOON, told_count=1)


@pytest.mark.parametrize(
    ("alarm", "after", "expected"),
    [
        (ALARM, timedelta(0), Telling(NoticeState.OPENED, ("pager", "mail"))),
        (replace(ALARM, cause=replace(CAUSE, severity=Severity.INFO)), timedelta(0), Silence.MILD),
        (replace(ALARM, cause=replace(CAUSE, patience=10 * MINUTE)), 9 * MINUTE, Silence.PATIENCE),
        (
            replace(ALARM, cause=replace(CAUSE, patience=10 * MINUTE)),
            10 * MINUTE,
            Telling(NoticeState.OPENED, ("pager", "mail")),
        ),
        (TOLD, 9 * HOUR, Silence.NO_NEWS),
        (replace(TOLD, count=13), 4 * HOUR - MINUTE, Silence.QUIET),
        (replace(TOLD, count=13), 4 * HOUR, Telling(NoticeState.REPEATED, ("pager", "mail"), 12)),
        # A new episode of what was told an hour ago waits for the quiet time, too.
        (replace(ALARM, episode=2, told_at=NOON), HOUR, Silence.QUIET),
        (replace(ALARM, episode=2, told_at=NOON), 4 * HOUR, Telling(NoticeState.OPENED, ("pager", "mail"))),
        (replace(TOLD, resolved_at=NOON), CALM - MINUTE, Silence.CALM),
        (replace(TOLD, resolved_at=NOON), CALM, Telling(NoticeState.RESOLVED, ("mail", "pager"))),
        (replace(TOLD, told=("gone",), resolved_at=NOON), CALM, Telling(NoticeState.RESOLVED, ())),
    ],
)
def test_what_is_told_when(alarm: Alarm, after: timedelta, expected: Telling | Silence) -> None:
    assert asked(alarm, now=NOON + after) == expected


@pytest.mark.parametrize(
    ("owner", "about", "ill", "expected"),
    [
        ("", "jira", (), ("pager", "mail")),
        ("@acme/x", "jira", (), ("slack-x",)),  # a notifier that the settings have no more is passed over
        ("@acme/y", "jira", (), ("pager", "mail")),  # a team without notifiers: the operators
        ("@acme/unknown", "jira", (), ("pager", "mail")),
        ("", "jira", ("mail",), ("pager", "mail")),  # its job waits until it is well
        ("", "notifier:mail", ("mail",), ("pager",)),
        ("", "notifier:mail", ("mail", "pager"), ()),
    ],
)
def test_who_is_told(owner: str, about: str, ill: tuple[str, ...], expected: tuple[str, ...]) -> None:
    cause = replace(CAUSE, owner=owner, about=about)
    assert audience(cause, settings=SETTINGS, teams=TEAMS, known=KNOWN, ill=ill) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("slack-x",), ("slack-x",)),
        (("slack-x", "gone"), ("slack-x",)),
        (("gone",), ("pager", "mail")),  # rather too many than nobody
    ],
)
def test_a_cause_that_names_its_notifiers_is_told_by_them(names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    cause = replace(CAUSE, notify=names)
    assert audience(cause, settings=SETTINGS, teams=TEAMS, known=KNOWN, ill=()) == expected


def test_with_nobody_to_tell_the_cause_stays_untold() -> None:
    assert asked(replace(ALARM, cause=replace(CAUSE, about="notifier:mail")), ill=("mail", "pager")) is Silence.NOBODY


def test_a_notice_says_where_to_look_and_where_it_comes_from() -> None:
    told = Telling(NoticeState.REPEATED, ("pager",), 12)
    made = notice(replace(TOLD, count=13), told, base_url="https://v.test/", place="staging", now=NOON)
    assert (made.link, made.title) == ("https://v.test/dead", "[staging] jira refuses")
    assert (made.count, made.more, made.first_id) == (13, 12, "dead:jira#1")
    assert notice(ALARM, told, base_url="", place="", now=NOON).link == ""


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3)), max_size=60))
def test_however_it_grows_it_is_told_at_most_once_in_a_quiet_time(steps: list[tuple[int, int]]) -> None:
    alarm, now, tellings = replace(ALARM, count=0), NOON, []
    for minutes, more in steps:
        now += minutes * MINUTE
        alarm = replace(alarm, count=alarm.count + more)
        answer = asked(alarm, now=now)
        if isinstance(answer, Telling):
            tellings.append((now, answer.more))
            alarm = replace(alarm, told=answer.names, told_at=now, told_count=alarm.count)
    moments = [moment for moment, _ in tellings]
    assert all(later - earlier >= SETTINGS.quiet for earlier, later in pairwise(moments))
