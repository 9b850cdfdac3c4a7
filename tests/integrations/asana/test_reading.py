"""Tasks as Asana writes them are read tolerantly: unknown keys, nulls, missing fractions and old addresses."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.integrations.asana.config import Config
from vedette.integrations.asana.reading import Reader, has_link, moment, project_of
from vedette.model.secret import Secret
from vedette.model.tickets import TicketRef, TicketState

FIXTURES = Path(__file__).parents[2] / "fixtures" / "asana"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def reader(stamp_field: str = "") -> Reader:
    return Reader("asana", Config(workspace="1200", token=Secret(("x",)), stamp_field=stamp_field))


def completed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / "task_completed.json").read_bytes())["data"]
    return found


def test_a_completed_task_by_example() -> None:
    ticket = reader("sentry key").ticket(completed(), as_of=NOW)
    assert (ticket.state, ticket.status, ticket.resolution) == (TicketState.WONT_DO, "Won’t Do", "Won’t Do")
    assert (ticket.stamp, ticket.project, ticket.labels) == (
        "vedette-default-4711-main-2",
        "1201000000000007",
        ("sentry",),
    )
    assert ticket.created_at == datetime(2026, 11, 18, 7, tzinfo=UTC)
    assert ticket.closed_at == datetime(2026, 11, 20, 9, 30, 0, 123000, tzinfo=UTC)
    assert project_of(ticket.ref) == "1201000000000007"


def test_the_gid_of_the_stamp_field_is_as_good_as_its_name() -> None:
    assert reader("1202000000000001").field_stamp(completed()) == "vedette-default-4711-main-2"
    assert reader().field_stamp(completed()) == ""


@given(st.dictionaries(st.sampled_from(sorted(completed())), st.none()))
def test_nulls_and_missing_keys_never_break_reading(nulls: dict[str, None]) -> None:
    ticket = reader("sentry key").ticket({"gid": "7", **nulls, "gid2": 1}, as_of=NOW)
    assert ticket.state is TicketState.OPEN
    assert ticket.stamp == ""


@pytest.mark.parametrize(
    ("url", "project"),
    [
        ("https://app.asana.com/1/1200/project/77/task/99", "77"),
        ("https://app.asana.com/0/77/99", "77"),
        ("https://app.asana.com/0/77/99/f", "77"),
        ("https://app.asana.com/0/0/99/f", ""),
        ("https://app.asana.com/1/1200/task/99", ""),
        ("", ""),
    ],
)
def test_the_project_in_an_address_old_or_new(url: str, project: str) -> None:
    assert project_of(TicketRef("asana", "99", "99", url)) == project


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("boom https://acme.sentry.io/issues/12/", True),
        ("boom (https://acme.sentry.io/issues/12)", True),
        ("boom https://acme.sentry.io/issues/123/", False),
        ("boom https://acme.sentry.io/issues/12/events/9/", False),
        ("", False),
    ],
)
def test_a_link_is_this_very_issues(text: str, found: bool) -> None:
    link = "https://acme.sentry.io/issues/12/"
    assert has_link({"name": text, "notes": None}, link) is found
    assert has_link({"name": None, "notes": text}, link) is found


@given(st.text(max_size=40))
def test_what_is_no_moment_is_none(text: str) -> None:
    assert moment(text) is None or isinstance(moment(text), datetime)
