"""The demonstration, whole: real processes on loopback, judged by what the stand-ins have and what is left behind."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from rich.console import Console

from tests.waiting import until
from vedette.cli.demo.access import tidy
from vedette.cli.demo.command import Play
from vedette.cli.demo.stage import Stage, stage
from vedette.cli.demo.story import Story
from vedette.model.journal import Entry
from vedette.store import journal

VEDETTE = [sys.executable, "-m", "vedette"]
STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@contextmanager
def played() -> Iterator[tuple[Play, Stage, StringIO]]:
    """A demonstration whose acts are over and whose stage still stands."""
    said = StringIO()
    with stage(port=0) as built, closing(Story.of(built.home / "vedette.db")) as story:
        play = Play(Console(file=said, width=100, highlight=False, emoji=False), built, story)
        play.begin(browser=False)
        play.act(pause=0.0)
        yield play, built, said


def plan_of(built: Stage) -> dict[str, Any]:
    words = [*VEDETTE, "access", "plan", "--no-record", "--format", "json", "--config", str(built.settings)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment(built.home))
    read: dict[str, Any] = json.loads(done.stdout)
    return read


@pytest.fixture(scope="module")
def tidied() -> Iterator[tuple[bool, Stage, str]]:
    """The act of the organisation alone, which wants no crashes."""
    said = StringIO()
    with stage(port=0) as built:
        good = tidy(Console(file=said, width=80, highlight=False, emoji=False), built)
        yield good, built, said.getvalue()


def test_the_organisation_is_looked_at_planned_put_in_order_and_nothing_is_left(
    tidied: tuple[bool, Stage, str],
) -> None:
    good, built, text = tidied
    assert good, text
    told = re.findall(r"^\$ vedette access (\w+)", text, re.MULTILINE)
    assert told == ["doctor", "plan", "apply", "plan"]
    assert "something is wrong with 4 of 5 people" in text
    assert "Everything is as declared." in text.rpartition("$ vedette access plan")[2]
    (part,) = plan_of(built)["organizations"]
    assert (part["changes"], part["withheld"], part["diagnoses"], part["trips"]) == ([], [], [], [])


def test_the_organisation_ends_as_the_file_says_in_the_rows_of_sentry(tidied: tuple[bool, Stage, str]) -> None:
    _, built, _ = tidied
    roster = built.ground.sentry.world.roster
    slugs = {team.id: team.slug for team in roster.teams.values()}
    people = sorted(
        (row.email.partition("@")[0], row.role, row.person is not None, sorted(slugs[team] for team in row.teams))
        for row in roster.listed()
    )
    assert people == [
        ("ada", "owner", True, []),
        ("kim", "member", False, ["search"]),
        ("lee", "member", True, ["checkout"]),
        ("noa", "member", False, ["search", "warehouse"]),
        ("sam", "member", True, ["partners"]),
        ("tor", "member", True, ["checkout"]),
    ]
    assert all(row.expires > built.ground.sentry.world.clock() for row in roster.listed() if row.person is None)
    assert not roster.choices.open_membership
    (warehouse,) = [row.project for row in roster.project_rows() if row.project.slug == "warehouse"]
    assert (warehouse.teams, warehouse.platform) == (("warehouse",), "python")


def test_teams_are_moved_before_the_account_that_had_them_goes_and_lines_fit_the_screen(
    tidied: tuple[bool, Stage, str],
) -> None:
    _, _, text = tidied
    done = [line.partition("done")[2].strip() for line in text.splitlines() if line.startswith("default: done")]
    moved = done.index("put sam@example.test into team partners")
    assert moved < next(at for at, line in enumerate(done) if line.startswith("delete the second account"))
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_a_command_that_ends_otherwise_fails_the_act_and_is_told() -> None:
    said = StringIO()
    with stage(port=0) as built:
        built.ground.sentry.faults(faults=[{"kind": "status", "method": "POST", "path": "/members/$", "status": 403}])
        assert tidy(Console(file=said, width=80, highlight=False, emoji=False), built) is False
    assert "default: FAILED      invite noa@example.test" in said.getvalue()
    assert "vedette access apply ended with 1, not with 0" in said.getvalue()


@dataclass(frozen=True)
class Seen:
    """A demonstration that stands for every test of this module that only looks."""

    built: Stage
    good: bool
    text: str


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    with played() as (play, built, said):
        good = play.sum_up(stays=True)
        yield Seen(built, good, said.getvalue())


def journal_of(built: Stage) -> list[Entry]:
    with closing(Story.of(built.home / "vedette.db")) as story:
        return story.store.read(lambda tx: journal.search(tx, limit=500))


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "COLUMNS")}
    return kept | {"TMPDIR": str(folder)} | more


def processes_of(folder: Path) -> list[str]:
    """Command lines that name the folder, which every part of a demonstration does."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_every_error_gets_one_ticket_in_its_teams_project_and_repeats_get_none(seen: Seen) -> None:
    assert seen.good, seen.text
    tickets, verdicts = seen.built.ground.tickets(), seen.built.ground.verdicts()
    issues, entries = seen.built.ground.sentry.memory.issues, journal_of(seen.built)
    assert Counter((ticket.tracker, ticket.place) for ticket in tickets) == {
        ("jira", "PAY"): 4,
        ("jira", "TRIAGE"): 2,
        ("asana", "Merchant"): 2,
        ("github", "acme/search"): 2,
    }
    assert {issue.times_seen for issue in issues.values()} == {3}
    for issue in issues.values():
        (own,) = [ticket for ticket in tickets if f"/issues/{issue.id}/" in ticket.title]
        assert issue.title.partition(":")[0] in own.title
    assert [(verdict.duplicates, verdict.tickets) for verdict in verdicts] == [((), 6), ((), 2), ((), 2)]
    decided = Counter(entry.reason for entry in entries if entry.kind == "decision")
    assert decided["first_ticket"] == 10
    assert decided["ticket_open"] >= 10
    outcomes = Counter(entry.details["ownership"] for entry in entries if entry.reason == "first_ticket")
    assert outcomes == {"owned": 8, "explicitly_unowned": 1, "unmatched": 1}


def test_the_screen_tells_each_errors_way_in_the_words_of_the_journal(seen: Seen) -> None:
    text, entries = seen.text, journal_of(seen.built)
    urls = [entry.details["url"] for entry in entries if entry.reason == "ticket_opened"]
    for entry in entries:
        if entry.kind == "decision":
            assert f"{entry.reason}: {entry.sentence}" in text
    assert [url for url in urls if url not in text] == []
    assert "checkout/payment.py:21 in charge" in text
    assert "CODEOWNERS:2 /checkout/ ─▶ @acme/checkout ─▶ jira PAY" in text
    assert "CODEOWNERS:3 /external_api/ ─▶ @acme/merchant-external ─▶ asana Merchant" in text
    assert "CODEOWNERS:5 /search/ ─▶ @acme/search ─▶ github acme/search" in text
    assert "CODEOWNERS:7 /legacy/ ─▶ nobody, on purpose ─▶ default route, jira TRIAGE" in text
    assert "no line of CODEOWNERS ─▶ nobody ─▶ default route, jira TRIAGE" in text
    assert "30 errors ─▶ 30 webhooks" in text
    assert "10 tickets, 0 duplicates" in text
    assert f"Vedette    {seen.built.pages}/" in text
    for name, page in seen.built.ground.boards.items():
        assert f"{name:11}{page} (stand-in)" in text


def test_each_tracker_shows_its_tickets_on_a_page_of_its_own(seen: Seen) -> None:
    with httpx2.Client(trust_env=False) as browser:
        pages = {name: unescape(browser.get(page).text) for name, page in seen.built.ground.boards.items()}
    for ticket in seen.built.ground.tickets():
        shown = [name for name, page in pages.items() if ticket.title.partition("http")[0].strip() in page]
        assert [name.casefold() for name in shown] == [ticket.tracker]


def test_the_last_line_is_a_command_to_copy(seen: Seen) -> None:
    text = seen.text
    assert re.search(r"explain +\S.* explain [A-Z]+-1 --config \S+/vedette.yaml", text)


def test_a_missing_ticket_and_a_twin_are_both_told_and_fail_it() -> None:
    with played() as (play, built, said):
        jira = built.ground.jira
        jira.on_loop(lambda state: state.delete(next(iter(state.tickets.values()))))
        assert play.sum_up(stays=False) is False
        assert len(play.wrong()) == 1
    assert "not exactly one ticket: " in said.getvalue()


def test_the_command_to_copy_explains_the_ticket_while_the_demonstration_runs(seen: Seen) -> None:
    words = [*VEDETTE, "explain", "PAY-1", "--config", str(seen.built.settings)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment(seen.built.home))
    assert done.returncode == 0, done.stderr
    assert "of CODEOWNERS@" in done.stdout
    assert "generation 1: PAY-1" in done.stdout


def test_without_a_terminal_it_ends_by_itself_in_plain_words_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [*VEDETTE, "demo", "--exit-when-done"],
        capture_output=True, text=True, check=False, timeout=120, env=environment(tmp_path), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "\x1b" not in done.stdout
    assert "10 tickets, 0 duplicates" in done.stdout
    assert "Everything is as declared." in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_it_in_the_middle_nothing_is_left_behind(number: signal.Signals, tmp_path: Path) -> None:
    with terminal([*VEDETTE, "demo", "--no-browser", "--pause", "30"], tmp_path) as (process, read):
        until(lambda: "PAY-1" in read(), within=60, saying="the first ticket")
        process.send_signal(number)
        assert process.wait(60) == 130
        until(lambda: "nothing is left behind" in read(), saying="the last word")
        assert "Traceback" not in read()
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_it_stays_up_until_ctrl_c_and_fits_its_width(columns: int, tmp_path: Path) -> None:
    with terminal([*VEDETTE, "demo", "--no-browser", "--pause", "0"], tmp_path, columns=columns) as (process, read):
        until(lambda: "stops everything" in read(), within=90, saying="the end of the acts")
        assert process.poll() is None
        assert processes_of(tmp_path)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        text = STYLE.sub("", read())
    wide = [line for line in re.split(r"[\r\n]+", text) if len(line) > columns and "--config" not in line]
    assert wide == []
    assert list(tmp_path.iterdir()) == []


def test_without_the_sdk_the_cure_is_named() -> None:
    code = "import sys; sys.modules['sentry_sdk'] = None; from vedette.cli.main import main; sys.exit(main(['demo']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'vedette[demo]'" in done.stderr


def test_a_taken_port_is_told_with_the_option_to_change(seen: Seen, tmp_path: Path) -> None:
    port = seen.built.pages.rpartition(":")[2]
    words = [*VEDETTE, "demo", "--exit-when-done", "--port", port]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment(tmp_path))
    assert done.returncode == 1
    assert f"port {port} cannot be had" in done.stderr
    assert "--port" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("display", "opened"), [(":7", True), ("", False)])
def test_the_page_opens_only_where_there_is_a_display(display: str, opened: bool, tmp_path: Path) -> None:
    note = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{note}\n', encoding="utf-8")
    browser.chmod(0o755)
    code = "from vedette.cli.demo.command import show_page; print(show_page('http://127.0.0.1:1/'))"
    words = environment(tmp_path, BROWSER=str(browser), DISPLAY=display, WAYLAND_DISPLAY="")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=words)
    assert done.stdout.strip() == str(opened)
    assert note.exists() is opened


@contextmanager
def terminal(
    words: list[str], folder: Path, *, columns: int = 80
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    """A process on a terminal of its own; the second value reads all that it has written so far."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=environment(folder, COLUMNS=str(columns), TERM="xterm-256color"),
    )  # fmt: skip
    os.close(theirs)
    written = bytearray()

    def read() -> str:
        while select.select([ours], [], [], 0.05)[0]:
            try:
                written.extend(os.read(ours, 65536))
            except OSError:  # the other end is closed
                break
        return written.decode(errors="replace")

    try:
        yield process, read
    finally:
        read()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 30
            while process.poll() is None and time.monotonic() < deadline:
                read()
            process.kill()
        process.wait()
        os.close(ours)
