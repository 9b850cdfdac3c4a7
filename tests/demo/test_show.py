"""What the demonstration's screen says of rarer news: alarms, polls, bursts, and code without a path."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from vedette.cli.demo import show
from vedette.cli.demo.story import Decided, News, Opened, Trouble, step_of
from vedette.model.issues import IssueKey
from vedette.model.journal import Entry, EntryKind

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP = {"path": "a/b.py", "lineno": 7, "function": "act", "line": 2, "pattern": "/a/", "owners": ["@acme/a"]}


def entry(reason: str, sentence: str, kind: EntryKind = EntryKind.DECISION, **details: Any) -> Entry:
    return Entry(1, AT, kind, reason, sentence, IssueKey("default", "1"), None, None, None, details)


def told(news: News, *, width: int = 80) -> str:
    said = StringIO()
    show.news(Console(file=said, width=width, highlight=False, emoji=False), news, number=3)
    return said.getvalue()


def opened(*steps: dict[str, Any], ownership: str, owner: str = "", delivery: int | None = 4) -> Opened:
    decision = entry("first_ticket", "why", title="KeyError: 'x'", steps=steps, ownership=ownership, owner=owner)
    outcome = entry("ticket_opened", "", EntryKind.OUTCOME, ticket="PAY-9", url="http://jira.test/browse/PAY-9")
    return Opened(decision, outcome, "jira", "PAY", delivery, timedelta(seconds=0.25))


def test_an_alarm_is_told_with_its_reason() -> None:
    alarm = entry("dead_letter", "open_ticket gave up: no such type", EntryKind.ALARM)
    assert told(Trouble(alarm)) == "   ! dead_letter: open_ticket gave up: no such type\n"


def test_several_webhooks_that_were_decided_together_are_one_line_with_their_number() -> None:
    line = told(Decided(entry("ticket_open", "PAY-9 is open", title="KeyError: 'x'", news=3)))
    assert line.startswith("   ↻ ×3 KeyError: 'x'")
    assert "ticket_open: PAY-9 is open" in line


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_line_that_is_too_long_is_cut_and_never_wrapped(width: int) -> None:
    line = told(Decided(entry("ticket_open", "word " * 60, title="Title " * 60)), width=width)
    assert line.count("\n") == 1
    assert len(line.rstrip("\n")) <= width
    assert line.rstrip().endswith("…")


def test_an_error_that_the_poll_found_is_told_so() -> None:
    said = told(opened({**STEP, "outcome": "owned"}, ownership="owned", owner="@acme/a", delivery=None))
    assert "found by the poll ─▶ a/b.py:7 in act" in said
    assert "CODEOWNERS:2 /a/ ─▶ @acme/a ─▶ jira PAY" in said
    assert "✔ PAY-9  http://jira.test/browse/PAY-9  0.25 s" in said


def test_an_error_is_a_block_whose_lines_hang_together() -> None:
    lines = told(opened({**STEP, "outcome": "owned"}, ownership="owned", owner="@acme/a")).splitlines()
    assert [line[:5] for line in lines] == [" 3 ╭ ", "   │ ", "   │ ", "   │ ", "   ╰ ", ""]


def test_an_owner_without_a_route_and_a_stack_without_frames_are_told_apart() -> None:
    said = told(opened({**STEP, "outcome": "owned"}, ownership="owner_without_route", owner="@acme/a"))
    assert "@acme/a, without a route ─▶ default route, jira PAY" in said
    assert "webhook 4 ─▶ no stack frame" in told(opened(ownership="unmatched"))


def test_brackets_in_a_path_are_no_markup() -> None:
    step = {**STEP, "path": "pages/[id].ts", "pattern": "/pages/[[red]]", "function": "[bold]", "outcome": "owned"}
    said = told(opened(step, ownership="owned", owner="@acme/a"))
    assert "pages/[id].ts:7 in [bold]" in said
    assert "/pages/[[red]]" in said


def test_the_look_up_that_decided_is_the_one_that_is_shown() -> None:
    unmatched, cleared = {"owners": [], "outcome": "unmatched"}, {"owners": [], "outcome": "cleared"}
    owned = {"owners": ["@a"], "outcome": "owned"}
    shown = [step_of(entry("r", "s", steps=steps)) for steps in ([unmatched, owned], [unmatched, cleared], [unmatched])]
    assert shown == [owned, cleared, unmatched]
    assert step_of(entry("r", "s", steps=[])) is None
