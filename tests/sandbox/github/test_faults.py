"""Misfortunes of the stand-in GitHub: each strikes what it is aimed at, and the log says what really happened."""

import json
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx2
import pytest

from tests.sandbox.github.asking import WORKBENCH, Asking
from tests.waiting import until
from vedette.sandbox.github import GitHubStandIn, Kind
from vedette.sandbox.jira import judge

HOSTILE = '<img src=x onerror="document.title=1"><b>&'
LINK = "https://acme.sentry.io/issues/1/"


@pytest.mark.parametrize(
    ("kind", "done"),
    [(Kind.COMMIT_HANG, 1), (Kind.COMMIT_RESET, 1), (Kind.COMMIT_TRUNCATE, 1), (Kind.RESET, 0), (Kind.HANG, 0)],
)
def test_a_spoiled_answer_says_nothing_of_what_was_done(github: GitHubStandIn, kind: Kind, done: int) -> None:
    github.fault(kind, on="create")
    with Asking.of(github, timeout=0.3) as asking, pytest.raises(httpx2.TransportError):
        asking.creating()
    assert len(github.tickets()) == done


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        (Kind.LIMIT_SECONDS, 403, "secondary rate limit"),
        (Kind.LIMIT_DATE, 429, "secondary rate limit"),
        (Kind.UNAUTHORISED, 401, "Bad credentials"),
        (Kind.CONFLICT, 409, "Conflict"),
        (Kind.ERROR_500, 500, "Server Error"),
        (Kind.ERROR_503, 503, "unavailable"),
        (Kind.MAINTENANCE, 503, "<html>"),
        (Kind.LOGIN_PAGE, 200, "<html>"),
        (Kind.COMMIT_502, 502, "<html>"),
    ],
)
def test_an_answer_in_place_of_the_right_one(asking: Asking, kind: Kind, status: int, words: str) -> None:
    asking.control("faults", kind=kind.value, on="create")
    answer = asking.creating()
    assert (answer.status_code, words in answer.text) == (status, True)
    assert len(httpx2.get(f"{asking.url}/_standin/issues").json()) == (kind is Kind.COMMIT_502)


def test_a_limit_says_how_long_in_seconds_or_by_a_date(asking: Asking) -> None:
    asking.control("faults", kind="limit-seconds", on="create", seconds=3)
    assert asking.creating().headers["retry-after"] == "3"
    asking.control("faults", kind="limit-date", on="create", seconds=3)
    until_then = parsedate_to_datetime(asking.creating().headers["retry-after"]).timestamp() - time.time()
    assert 2 < until_then <= 4.1


def test_the_judge_of_storms_reads_the_log(github: GitHubStandIn, asking: Asking) -> None:
    asking.create(body=f"seen at {LINK}")
    asking.create(title=f"Boom {LINK}")
    asking.ok("PATCH", f"{WORKBENCH}/issues/1", json={"state": "closed"})
    verdict = judge(github.log())
    assert verdict.duplicates == (LINK.rstrip("/"),)
    assert verdict.standing_duplicates == ()
    assert verdict.tickets == 2
    asking.control("move", key="acme/workbench#2", project="acme/payments")
    asking.control("delete", key="acme/payments#1")
    assert judge(github.log()).operations == {"create": 2, "transition": 1, "move": 1, "delete": 1}


def test_the_judge_learns_of_faults_and_late_commits(github: GitHubStandIn) -> None:
    github.fault(Kind.COMMIT_LATE, on="create", seconds=0.05)
    github.fault(Kind.LIMIT_SECONDS, on="create", seconds=1)
    with Asking.of(github, timeout=0.3) as asking:
        with pytest.raises(httpx2.TimeoutException):
            asking.creating(body=LINK)
        assert asking.creating().status_code == 403
    until(lambda: len(github.log()) == 3)
    verdict = judge(github.log())
    assert verdict.faults == {"commit-late": 1, "limit-seconds": 1}
    assert (verdict.late, verdict.tickets) == (1, 1)


def test_revoked_credentials_are_refused_until_they_are_not(asking: Asking) -> None:
    asking.control("config", revoked=True)
    assert asking.ask("GET", "/user").status_code == 401
    asking.control("config", revoked=False)
    assert asking.ok("GET", "/user")["login"] == "vedette-bot"


def test_a_fault_that_does_not_exist_is_refused(asking: Asking) -> None:
    answer = httpx2.post(f"{asking.url}/_standin/faults", json={"kind": "reset", "on": "creat"})
    assert (answer.status_code, "creat" in answer.text) == (400, True)


def test_every_change_is_logged_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "github.log"
    with GitHubStandIn(log=path) as github, Asking.of(github) as asking:
        asking.create(body=LINK)
        (entry,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert {
        "seq",
        "mono",
        "wall",
        "op",
        "key",
        "id",
        "project",
        "status",
        "category",
        "links",
        "events",
        "fault",
    } == set(entry)
    assert (entry["op"], entry["category"], entry["links"]) == ("create", "new", [LINK.rstrip("/")])


def test_the_page_shows_issues_of_each_repository_and_runs_nothing(asking: Asking) -> None:
    made = asking.create(title=f"Boom {HOSTILE}", body=HOSTILE, labels=["bug"], assignees=["lena-lead"])
    asking.ok("POST", f"{WORKBENCH}/issues/1/comments", json={"body": HOSTILE})
    asking.ok("POST", "/repos/acme/payments/issues", json={"title": "Elsewhere"})
    board, card = httpx2.get(asking.url), httpx2.get(made["html_url"])
    for page in (board, card):
        assert HOSTILE not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    for words in ("Boom", "acme/workbench#1", "Elsewhere", "open", "bug"):
        assert words in board.text
    assert "lena-lead" in card.text
    assert "Elsewhere" not in httpx2.get(asking.url, params={"repository": "acme/workbench"}).text
    asking.control("move", key="acme/workbench#1", project="acme/payments")
    assert "Boom" in httpx2.get(made["html_url"]).text
    assert httpx2.get(f"{asking.url}/acme/workbench/issues/99").status_code == 404


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vedette.sandbox.github", "--log", str(tmp_path / "log"), "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            with Asking(facts["url"], "ghp_sandbox") as asking:
                asking.create()
            assert facts["pid"] == process.pid
        finally:
            process.terminate()
    assert process.returncode in (0, -15)
