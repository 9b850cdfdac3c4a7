"""The log tells the judge what really happened, the page shows it to a person, and both survive hostile words."""

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.sandbox.asana.asking import Asking
from tests.waiting import until
from vedette.sandbox.asana import AsanaStandIn, Kind
from vedette.sandbox.jira import judge

HOSTILE = '<img src=x onerror="document.title=1"><b>&'
LINK = "https://acme.sentry.io/issues/1/"
NOTES = f'<body>seen <a href="{LINK}">here</a></body>'


def test_the_judge_of_storms_reads_the_log(asana: AsanaStandIn, asking: Asking) -> None:
    first, second = asking.create(html_notes=NOTES), asking.create(name=f"Boom {LINK}")
    asking.ok("PUT", f"/tasks/{first}", json={"data": {"completed": True}})
    verdict = judge(asana.log())
    assert verdict.duplicates == (LINK.rstrip("/"),)
    assert verdict.standing_duplicates == ()
    assert verdict.tickets == 2
    asking.ok("DELETE", f"/tasks/{second}")
    assert judge(asana.log()).operations == {"create": 2, "edit": 1, "delete": 1}


def test_the_judge_learns_of_faults_and_late_commits(asana: AsanaStandIn) -> None:
    asana.fault(Kind.COMMIT_LATE, on="create", seconds=0.05)
    asana.fault(Kind.LIMIT_SECONDS, on="create", seconds=1)
    with Asking.of(asana, timeout=0.3) as asking:
        with pytest.raises(httpx2.TimeoutException):
            asking.create(html_notes=NOTES)
        assert asking.creating().status_code == 429
    until(lambda: len(asana.log()) == 3)
    verdict = judge(asana.log())
    assert verdict.faults == {"commit-late": 1, "limit-seconds": 1}
    assert (verdict.late, verdict.tickets) == (1, 1)


def test_every_change_is_logged_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "asana.log"
    with AsanaStandIn(log=path) as asana, Asking.of(asana) as asking:
        asking.create(html_notes=NOTES)
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


@pytest.mark.parametrize(
    ("kind", "done"),
    [(Kind.COMMIT_HANG, 1), (Kind.COMMIT_RESET, 1), (Kind.COMMIT_TRUNCATE, 1), (Kind.RESET, 0), (Kind.HANG, 0)],
)
def test_a_spoiled_answer_says_nothing_of_what_was_done(asana: AsanaStandIn, kind: Kind, done: int) -> None:
    asana.fault(kind, on="create")
    with Asking.of(asana, timeout=0.3) as asking, pytest.raises(httpx2.TransportError):
        asking.creating()
    assert len(asana.tickets()) == done


def test_the_page_shows_tasks_and_their_fields_and_runs_nothing(asking: Asking) -> None:
    gid = asking.create(name=f"Boom {HOSTILE}", html_notes=NOTES, custom_fields={"5003": "6001", "5009": HOSTILE})
    asking.ok("POST", f"/tasks/{gid}/stories", json={"data": {"text": HOSTILE}})
    other = asking.create(name="Elsewhere", projects=["12002"])
    board = httpx2.get(asking.url)
    card = httpx2.get(f"{asking.url}/1/1200/project/12001/task/{gid}")
    for page in (board, card):
        assert HOSTILE not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    for words in ("Boom", "Detections backlog", "Untitled section", "Priority: High", "Elsewhere", other):
        assert words in board.text
    assert "Elsewhere" not in httpx2.get(asking.url, params={"project": "12001"}).text
    assert f'<a href="{LINK}">here</a>' in card.text
    assert httpx2.get(f"{asking.url}/1/1200/project/12001/task/1").status_code == 404


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vedette.sandbox.asana", "--log", str(tmp_path / "log"), "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            with Asking(facts["url"], "sandbox-token") as asking:
                asking.create()
            assert facts["pid"] == process.pid
        finally:
            process.terminate()
    assert process.returncode in (0, -15)
