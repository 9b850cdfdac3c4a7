"""The stand-in runs as a process of its own, and shows people what it holds."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx2
import pytest

from vedette.sandbox.sentry import SentryStandIn
from vedette.sandbox.sentry.hooks import tls

SOURCES = Path(__file__).parents[3] / "src"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    config = tmp_path / "standin.json"
    rule = {"id": 1, "name": "Busy", "kind": "seen_more", "count": 9}
    config.write_text(json.dumps({"organization": "shop", "rules": [rule]}), encoding="utf-8")
    options = ["--config", str(config), "--port", "0", "--project", "api:node", "--token", "t0", "--rate-limits"]
    running = subprocess.Popen(
        [sys.executable, "-m", "vedette.sandbox.sentry", *options],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield running
    if running.poll() is None:
        running.kill()
    running.wait(10)
    stream: IO[str] | None = running.stdout
    if stream:
        stream.close()


def test_it_announces_its_port_serves_and_ends_on_a_signal(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    said = json.loads(process.stdout.readline())
    assert (said["event"], list(said["dsns"])) == ("listening", ["api"])
    headers = {"Authorization": "Bearer t0"}
    answer = httpx2.get(
        f"{said['url']}/api/0/organizations/shop/issues/", headers=headers, trust_env=False, verify=tls()
    )
    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["X-Sentry-Rate-Limit-Limit"] == "10"
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def test_the_page_lists_issues_escaped_under_a_strict_policy(sentry: SentryStandIn) -> None:
    sentry.seed({"project": "search", "title": "<script>alert(1)</script>", "count": 12})
    answer = httpx2.get(f"{sentry.url}/", trust_env=False, verify=tls())
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script" not in answer.text
    assert "12 times" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "prefers-color-scheme: dark" in answer.text


@pytest.mark.parametrize("path", ["/organizations/acme/issues/{n}/", "/acme/search/issues/{n}/", "/search/issues/{n}"])
def test_every_form_of_a_permalink_shows_the_stack(sentry: SentryStandIn, path: str) -> None:
    number = sentry.seed({"project": "search", "frames": ["search/index.py"], "value": "<b>torn</b>"})[0]
    text = httpx2.get(sentry.url + path.format(n=number), trust_env=False, verify=tls()).text
    assert "search/index.py:12 in handle" in text
    assert "&lt;b&gt;torn&lt;/b&gt;" in text


def test_the_address_of_one_event_shows_its_issue(sentry: SentryStandIn) -> None:
    number = sentry.seed({"project": "search"})[0]
    event = sentry.memory.issues[number].occurrences[0]
    path = f"/organizations/acme/issues/{number}/events/{event}/"
    assert "SEARCH-1" in httpx2.get(sentry.url + path, trust_env=False, verify=tls()).text


def test_a_seed_of_an_unknown_project_or_word_is_refused_by_name(sentry: SentryStandIn) -> None:
    with pytest.raises(RuntimeError, match="nosuch"):
        sentry.seed({"project": "nosuch"})
    with pytest.raises(RuntimeError, match="colour"):
        sentry.seed({"project": "search", "colour": "red"})


def test_seeds_keep_the_ids_and_statuses_they_ask_for(sentry: SentryStandIn) -> None:
    made = sentry.seed({"project": "search", "id": 77, "status": "resolved"}, {"project": "search"})
    assert made[0] == 77
    assert sentry.memory.issues[77].status == "resolved"
    assert made[1] != 77
