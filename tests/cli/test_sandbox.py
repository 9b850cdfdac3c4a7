"""`vedette sandbox`: stand-ins that a real Vedette can be pointed at, until they are told to end."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.waiting import until
from vedette.cli.main import main

PORTS = [word for name in ("sentry", "jira", "asana", "github") for word in (f"--{name}-port", "0")]
VEDETTE = [sys.executable, "-m", "vedette"]


@contextmanager
def standing(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The command, running, and what it said."""
    note = folder / "said"
    with note.open("wb") as said:
        command = [*VEDETTE, "sandbox", *PORTS, *words]
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=folder)
    try:
        until(lambda: b"Ctrl-C stops them all" in note.read_bytes(), within=60, saying="the stand-ins")
        yield process, note.read_text(encoding="utf-8")
    finally:
        process.kill()
        process.wait()


def exported(said: str) -> dict[str, str]:
    return dict(re.findall(r"export (\w+)=(\S+)", said))


@pytest.mark.parametrize("face", ["cloud", "datacenter"])
def test_the_settings_that_it_writes_are_proven_by_check_live(face: str, tmp_path: Path) -> None:
    with standing(tmp_path, "--face", face, "--write", "practice.yaml") as (_, said):
        words = [*VEDETTE, "check", "--live", "--config", "practice.yaml"]
        done = subprocess.run(
            words, cwd=tmp_path, env=os.environ | exported(said), capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "vedette serve --config practice.yaml" in said


def test_what_it_prints_are_addresses_that_answer_and_dsns_that_take_errors(tmp_path: Path) -> None:
    with standing(tmp_path) as (_, said):
        pages = re.findall(r"Stand-in \w+ +(http://127\.0\.0\.1:\d+/)", said)
        assert [httpx2.get(page, trust_env=False).status_code for page in pages] == [200] * 4
        (command,) = re.findall(r"^  (\S+ -m vedette\.sandbox\.sample_app .*)$", said, re.M)
        done = subprocess.run([*command.split(), "--crashes", "1"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        token = exported(said)["SENTRY_TOKEN"]
        issues = httpx2.get(
            f"{pages[0]}api/0/organizations/acme/issues/?query=is:unresolved&project=-1",
            headers={"Authorization": f"Bearer {token}"}, trust_env=False,
        )  # fmt: skip
    assert len(issues.json()) == 10
    assert "\nmode: development\n" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_told(number: signal.Signals, tmp_path: Path) -> None:
    with standing(tmp_path) as (process, _):
        process.send_signal(number)
        assert process.wait(30) == 0
    assert "Traceback" not in (tmp_path / "said").read_text(encoding="utf-8")


def test_a_taken_port_names_the_option(tmp_path: Path) -> None:
    with standing(tmp_path) as (_, said):
        (port,) = re.findall(r"Stand-in Sentry +http://127\.0\.0\.1:(\d+)/", said)
        words = [*VEDETTE, "sandbox", "--sentry-port", port, *PORTS[2:]]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "choose others with --sentry-port, --jira-port, --asana-port and --github-port" in done.stderr


def test_settings_that_are_there_are_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine", encoding="utf-8")
    words = [*VEDETTE, "sandbox", *PORTS, "--write", str(tmp_path / "mine.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "is there already; name another file" in done.stderr
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("hook", ["nonsense", "127.0.0.1:8080", "ftp://127.0.0.1/x", "http://", "http://a:99999/"])
def test_a_hook_that_is_no_address_is_refused_at_once(hook: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", *PORTS, "--hook", hook]) == 1
    assert f"--hook {hook} is no web address; write http://127.0.0.1:8080/hooks/sentry" in capsys.readouterr().err
