"""`vedette queue`: what waits and what died is shown, and set right by hand; a vendor's words command nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.databases import lay_tables
from vedette.cli.main import main
from vedette.flows.context import wall_clock
from vedette.model.jobs import JobKind, JobState, NewJob
from vedette.model.settings import StoreSettings
from vedette.store import journal, limits, queue
from vedette.store.database import Store

WORDS = "jira: POST /issue answered 400: type: \x1b[2J[red]no[/] such issue type"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("Q_TOKEN", "token-of-the-queue-tests")
    path = tmp_path / "vedette.yaml"
    path.write_text(
        "sentry: {url: http://127.0.0.1:9, organization: acme, token: env/Q_TOKEN, client_secret: env/Q_TOKEN}\n"
        "trackers: {jira: {kind: jira, url: http://127.0.0.1:9, email: b@acme.test, token: env/Q_TOKEN}}\n"
        "routes: {default: {tracker: jira, project: TRIAGE}}\n"
        f"store: {{url: 'sqlite:///{tmp_path}/vedette.db'}}\n"
    )
    return path


@pytest.fixture
def store(config: Path) -> Iterator[Store]:
    lay_tables(config.parent / "vedette.db")
    with Store.open(StoreSettings(url=f"sqlite:///{config.parent}/vedette.db"), role="serve") as opened:
        yield opened


def bury(store: Store, count: int) -> list[int]:
    """Dead letters with the vendor's words."""
    now = wall_clock()
    for number in range(count):
        job = NewJob(JobKind.OPEN_TICKET, "jira", order_key=f"k{number}")
        store.write(lambda tx, job=job: queue.enqueue(tx, job, now=now))  # type: ignore[misc]
    leases = store.write(lambda tx: queue.lease(tx, worker="w", limit=count, lease=timedelta(minutes=1), now=now))
    for lease in leases:
        store.write(lambda tx, lease=lease: queue.bury(tx, lease, reason="refused", detail=WORDS, now=now))  # type: ignore[misc]
    return [lease.job.id for lease in leases]


def states(store: Store) -> list[JobState]:
    return [job.state for job in store.read(lambda tx: queue.listing(tx, limit=50))]


def test_dead_letters_are_grouped_by_cause_and_their_words_command_nothing(
    store: Store, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bury(store, 3)
    assert main(["queue", "list", "--config", str(config)]) == 0
    told = capsys.readouterr().out
    assert "3 dead" in told
    assert "\x1b[2J" not in told
    assert "[red]no[/]" in told.replace("\n", "")


def test_one_job_is_shown_whole(store: Store, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (number,) = bury(store, 1)
    assert main(["queue", "show", str(number), "--config", str(config)]) == 0
    assert "such issue type" in capsys.readouterr().out


def test_a_job_that_is_not_there_is_said_to_be_missing(
    store: Store, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert store.health().ok
    assert main(["queue", "show", "99", "--config", str(config)]) == 1
    assert "there is no job 99" in capsys.readouterr().err


def test_retry_brings_the_numbered_ones_back_and_the_journal_knows(store: Store, config: Path) -> None:
    first, *_ = bury(store, 2)
    assert main(["queue", "retry", str(first), "--config", str(config)]) == 0
    assert sorted(states(store)) == [JobState.DEAD, JobState.READY]
    told = store.read(lambda tx: journal.search(tx, text="", limit=5))
    assert [entry.reason for entry in told] == ["retried"]


def test_drop_lets_go_of_all(store: Store, config: Path) -> None:
    bury(store, 2)
    assert main(["queue", "drop", "--all-dead", "--config", str(config)]) == 0
    assert states(store) == [JobState.DROPPED, JobState.DROPPED]


@pytest.mark.parametrize("words", [["retry"], ["retry", "1", "--all-dead"], ["drop"]])
def test_neither_and_both_are_refused(
    store: Store, config: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bury(store, 1)
    assert main(["queue", *words, "--config", str(config)]) == 1
    assert "--all-dead" in capsys.readouterr().err
    assert states(store) == [JobState.DEAD]


def test_resume_opens_a_paused_destination(store: Store, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = wall_clock()
    store.write(lambda tx: limits.configure(tx, "jira", rate_per_s=1, concurrency=1, now=now))
    store.write(lambda tx: limits.pause(tx, "jira", reason="401", now=now))
    assert main(["queue", "list", "--config", str(config)]) == 0
    assert "jira is paused" in capsys.readouterr().out
    assert main(["queue", "resume", "jira", "--config", str(config)]) == 0
    (state,) = [each for each in store.read(limits.states) if each.name == "jira"]
    assert state.paused_at is None
    assert main(["queue", "resume", "nowhere", "--config", str(config)]) == 1
    assert "no destination nowhere" in capsys.readouterr().err
