"""Events come in as SDKs send them, and become issues."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sentry_sdk
import zstandard

from vedette.sandbox.sample_app import codeowners
from vedette.sandbox.sample_app.crashes import CRASHES
from vedette.sandbox.sentry import SentryStandIn
from vedette.sandbox.sentry.hooks import tls

SOURCES = Path(__file__).parents[3] / "src"
PROJECT = 10


def key(sentry: SentryStandIn, project: str = "checkout") -> str:
    return sentry.memory.projects[project].key


def envelope(*items: tuple[dict[str, Any], bytes], head: dict[str, Any] | None = None) -> bytes:
    lines = [json.dumps(head or {}).encode()]
    for header, payload in items:
        lines += [json.dumps(header).encode(), payload]
    return b"\n".join(lines) + b"\n"


def event(**words: Any) -> tuple[dict[str, Any], bytes]:
    payload = json.dumps({"event_id": "a" * 32, "message": "disk nearly full on web-1", **words}).encode()
    return {"type": "event", "length": len(payload)}, payload


def post(sentry: SentryStandIn, body: bytes, *, auth: str | None = None, **headers: str) -> httpx2.Response:
    shown = f"Sentry sentry_version=7, sentry_client=test/1, sentry_key={auth or key(sentry)}"
    url = f"{sentry.url}/api/{PROJECT}/envelope/"
    return httpx2.post(url, content=body, headers={"X-Sentry-Auth": shown, **headers}, trust_env=False, verify=tls())


def titles(sentry: SentryStandIn) -> list[str]:
    return [issue.title for issue in sentry.memory.issues.values()]


def run_sample_app(sentry: SentryStandIn, *, crashes: int) -> list[dict[str, str]]:
    dsns = [word for project in sentry.memory.projects for word in ("--dsn", f"{project}={sentry.dsn(project)}")]
    command = [sys.executable, "-m", "vedette.sandbox.sample_app", *dsns, "--crashes", str(crashes)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_sample_application_crashes_through_the_real_sdk_into_one_issue_per_bug(sentry: SentryStandIn) -> None:
    said = run_sample_app(sentry, crashes=3)
    issues = list(sentry.memory.issues.values())
    assert len(said) == 3 * len(CRASHES)
    assert len(issues) == len(CRASHES)
    assert {issue.times_seen for issue in issues} == {3}
    assert {event["event"] for event in said} == set(sentry.memory.occurrences)
    assert {dict(each.data["tags"])["release"] for each in sentry.memory.occurrences.values()} == {"shop@3.4.0"}
    assert {issue.metadata["filename"] for issue in issues} == {
        "checkout/cart.py",
        "checkout/payment.py",
        "external_api/partners.py",
        "external_api/webhooks.py",
        "legacy/report.py",
        "search/index.py",
        "tools/cleanup.py",
    }


def test_only_the_shops_own_frames_are_in_app(sentry: SentryStandIn) -> None:
    run_sample_app(sentry, crashes=1)
    for occurrence in sentry.memory.occurrences.values():
        frames = occurrence.data["exception"]["values"][-1]["stacktrace"]["frames"]
        ours = {frame["filename"].partition("/")[0] for frame in frames if frame["in_app"]}
        assert ours <= {"checkout", "external_api", "search", "legacy", "tools"}
        assert ours


def test_the_sample_codeowners_clears_one_path_and_leaves_one_unmatched() -> None:
    lines = [line.split() for line in codeowners().splitlines() if line and not line.startswith("#")]
    assert ["/legacy/"] in lines
    assert not any(line[0].startswith("/tools") for line in lines)
    assert len({owner for line in lines for owner in line[1:]}) == 3


def test_the_real_sdk_groups_a_message_by_its_template(sentry: SentryStandIn) -> None:
    client = sentry_sdk.Client(sentry.dsn("search"), default_integrations=False, auto_enabling_integrations=False)
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        for number in (1, 22, 333):
            sentry_sdk.capture_message(f"queue is {number} behind", level="warning")
    client.close(timeout=5)
    (issue,) = sentry.memory.issues.values()
    assert (issue.title, issue.level, issue.times_seen) == ("queue is 1 behind", "warning", 3)


@pytest.mark.parametrize(
    ("encoding", "squeeze"),
    [("identity", bytes), ("gzip", gzip.compress), ("zstd", zstandard.compress)],
)
def test_a_compressed_envelope_is_read(sentry: SentryStandIn, encoding: str, squeeze: Any) -> None:
    answer = post(sentry, squeeze(envelope(event())), **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()) == (200, {"id": "a" * 32})
    assert titles(sentry) == ["disk nearly full on web-1"]


def test_an_unknown_key_is_forbidden_and_nothing_is_stored(sentry: SentryStandIn) -> None:
    assert post(sentry, envelope(event()), auth="0" * 32).status_code == 403
    assert titles(sentry) == []


def test_the_key_of_another_project_is_forbidden(sentry: SentryStandIn) -> None:
    assert post(sentry, envelope(event()), auth=key(sentry, "search")).status_code == 403


@pytest.mark.parametrize("kind", ["session", "sessions", "client_report", "transaction"])
def test_other_items_are_accepted_and_ignored(sentry: SentryStandIn, kind: str) -> None:
    answer = post(sentry, envelope(({"type": kind}, b'{"sid":"1"}'), event()))
    assert answer.status_code == 200
    assert len(sentry.memory.issues) == 1
    assert post(sentry, envelope(({"type": kind}, b"{}"))).status_code == 200
    assert len(sentry.memory.issues) == 1


@pytest.mark.parametrize("body", [b"", b"not json\n", b'{}\n{"type":"event","length":99}\n{}'])
def test_a_broken_envelope_is_a_400(sentry: SentryStandIn, body: bytes) -> None:
    assert post(sentry, body).status_code == 400


def test_an_event_sent_twice_counts_once(sentry: SentryStandIn) -> None:
    post(sentry, envelope(event()))
    post(sentry, envelope(event()))
    (issue,) = sentry.memory.issues.values()
    assert issue.times_seen == 1


def test_a_fingerprint_decides_the_issue(sentry: SentryStandIn) -> None:
    for number, message in enumerate(("one thing", "another thing")):
        post(sentry, envelope(event(event_id=f"{number:032d}", message=message, fingerprint=["canary"])))
    (issue,) = sentry.memory.issues.values()
    assert issue.times_seen == 2


def test_the_old_store_takes_a_bare_event_with_the_key_in_the_query(sentry: SentryStandIn) -> None:
    url = f"{sentry.url}/api/{PROJECT}/store/?sentry_key={key(sentry)}"
    assert httpx2.post(url, content=event()[1], trust_env=False, verify=tls()).json() == {"id": "a" * 32}
    assert len(sentry.memory.issues) == 1


def test_an_event_can_be_found_by_its_id_as_soon_as_it_was_answered(sentry: SentryStandIn, call: httpx2.Client) -> None:
    assert call.get(f"/api/0/organizations/acme/eventids/{'a' * 32}/").status_code == 404
    post(sentry, envelope(event()))
    found = call.get(f"/api/0/organizations/acme/eventids/{'a' * 32}/").json()
    assert (found["projectSlug"], found["event"]["eventID"]) == ("checkout", "a" * 32)
