"""The judge: a log goes in, the number of tickets per Sentry issue comes out; and the log it reads is the real one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from tests.sandbox.jira.asking import Asking
from tests.waiting import until
from vedette.sandbox.jira import Face, JiraStandIn, Kind, demo, judge
from vedette.sandbox.jira.documents import sentry_links
from vedette.sandbox.stage.events import sentry_events

LINK = "https://acme.sentry.io/issues/1"
OTHER = "https://acme.sentry.io/issues/2"


class Story:
    """A log told line by line."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def tell(self, op: str, number: int, *, category: str = "new", link: str = LINK, fault: str | None = None) -> None:
        seq = len(self.lines) + 1
        self.lines.append(
            {
                "seq": seq,
                "mono": float(seq),
                "wall": float(seq),
                "op": op,
                "id": number,
                "key": f"PAY-{number}",
                "project": "PAY",
                "category": category,
                "links": [link] if link else [],
                "fault": fault,
            }
        )


def test_one_ticket_after_another_is_not_a_duplicate() -> None:
    story = Story()
    story.tell("create", 1)
    story.tell("transition", 1, category="done")
    story.tell("create", 2)
    verdict = judge(story.lines)
    history = verdict.histories[LINK]
    assert (history.tickets, history.most_open, history.open_now) == ([1, 2], 1, 1)
    assert [moment.open for moment in history.timeline] == [1, 0, 1]
    assert verdict.duplicates == ()


def test_two_open_at_once_are_a_duplicate_even_when_one_is_closed_later() -> None:
    story = Story()
    story.tell("create", 1)
    story.tell("create", 2, fault="commit-late")
    story.tell("transition", 2, category="done")
    verdict = judge(story.lines)
    assert (verdict.duplicates, verdict.standing_duplicates) == ((LINK,), ())
    assert (verdict.histories[LINK].late, verdict.late) == (1, 1)


def test_a_reopened_ticket_counts_as_open_again() -> None:
    story = Story()
    story.tell("create", 1)
    story.tell("transition", 1, category="done")
    story.tell("create", 2)
    story.tell("transition", 1, category="new")
    assert judge(story.lines).standing_duplicates == (LINK,)


def test_a_deleted_ticket_is_not_open_and_a_moved_one_is_the_same_ticket() -> None:
    story = Story()
    story.tell("create", 1)
    story.tell("move", 1)
    story.tell("delete", 1)
    story.tell("create", 2)
    verdict = judge(story.lines)
    assert (verdict.tickets, verdict.histories[LINK].most_open) == (2, 1)


def test_an_edit_that_removes_the_link_does_not_hide_the_ticket() -> None:
    story = Story()
    story.tell("create", 1)
    story.tell("edit", 1, link="")
    story.tell("create", 2)
    assert judge(story.lines).duplicates == (LINK,)


def test_issues_are_told_apart_and_tickets_without_a_link_are_named() -> None:
    story = Story()
    story.tell("create", 1)
    story.tell("create", 2, link=OTHER)
    story.tell("create", 3, link="")
    story.lines.append({"seq": 4, "op": "fault", "fault": "hang", "on": "create"})
    verdict = judge(json.dumps(line) for line in story.lines)
    assert (verdict.tickets, verdict.duplicates, verdict.unlinked) == (3, (), ("PAY-3",))
    assert verdict.faults == {"hang": 1}
    assert verdict.as_json()["links"] == 2


def test_links_are_found_in_words_marks_and_wiki_text_and_cut_after_the_number() -> None:
    marked = {"type": "text", "text": "the issue", "marks": [{"type": "link", "attrs": {"href": f"{LINK}/?x=1"}}]}
    written = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [marked]}]}
    assert sentry_links(f"Boom {LINK}/events/abc/", written, f"[x|{OTHER}/]") == (LINK, OTHER)
    assert sentry_links("https://sentry.io/organizations/acme/issues/9/?project=1") == (
        "https://sentry.io/organizations/acme/issues/9",
    )
    assert sentry_links("no link", None) == ()


def test_what_a_client_did_is_what_the_judge_reads(jira: JiraStandIn, asking: Asking) -> None:
    key = asking.create(description=asking.words(f"see {LINK}/"))
    jira.fault(Kind.COMMIT_502, on="create")
    asking.creating(summary=f"again {LINK}/")
    verdict = jira.verdict()
    assert verdict.duplicates == (LINK,)
    assert verdict.faults == {"commit-502": 1}
    asking.control("transition", key=key, status="Done")
    assert jira.verdict().standing_duplicates == ()
    served = httpx2.get(f"{asking.url}/_standin/log", params={"after": 2}).json()
    assert [entry["seq"] for entry in served] == [3, 4]


def test_a_process_of_its_own_announces_itself_and_keeps_its_log_on_disk(tmp_path: Path, face: Face) -> None:
    log = tmp_path / "jira.jsonl"
    config = tmp_path / "jira.json"
    config.write_bytes(msgspec.json.encode(demo(Face.CLOUD)))
    settings = ["--config", str(config), "--face", face.value, "--time-scale", "0.5", "--fsync"]
    command = [sys.executable, "-m", "vedette.sandbox.jira", "--port", "0", "--log", str(log), *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told == {
            "url": f"http://127.0.0.1:{told['port']}",
            "port": told["port"],
            "face": face,
            "pid": process.pid,
        }
        with Asking(told["url"], demo(face)) as asking:
            asking.create(summary=f"Boom {LINK}")
            verdict = judge(log.read_bytes().splitlines())
            assert (verdict.tickets, list(verdict.histories)) == (1, [LINK])
        process.terminate()
        until(lambda: process.poll() is not None)


def test_stopping_does_not_wait_for_connections_that_hang(face: Face) -> None:
    with JiraStandIn(demo(face)) as jira, Asking.of(jira, timeout=0.2) as asking:
        jira.fault(Kind.COMMIT_LATE, on="create", seconds=3600.0)
        try:
            asking.creating()
        except httpx2.ReadTimeout:
            pending = httpx2.get(f"{asking.url}/_standin/state").json()["pending"]
        running = jira
    assert pending == 1
    assert not running.running
    assert running.state.tickets == {}


def test_by_events_two_tickets_of_one_issue_are_no_twins_but_two_of_one_event_are() -> None:
    story = Story()
    for number, event in enumerate(["a" * 32, "b" * 32, "a" * 32], 1):
        story.tell("create", number)
        story.lines[-1]["events"] = [event]
    assert judge(story.lines).duplicates == (LINK,)
    assert judge(story.lines, by="events").duplicates == ("a" * 32,)


def test_the_events_of_a_text_are_read_from_their_addresses() -> None:
    text = f"{LINK}/events/{'a' * 32}/ and {LINK}/events/latest/ and {LINK}/events/{'a' * 32}"
    assert sentry_events(text, "") == ("a" * 32,)
