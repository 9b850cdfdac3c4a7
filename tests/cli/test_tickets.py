"""`vedette tickets`: what was held back is listed and asked for, and what was suppressed is counted."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.databases import lay_tables
from vedette.cli.main import main
from vedette.flows import suppressing
from vedette.flows.context import wall_clock
from vedette.model.flood import HeldState, NewHeld, place_of
from vedette.model.issues import IssueKey
from vedette.model.settings import StoreSettings
from vedette.model.tickets import Route, TicketRef
from vedette.store import flood, journal, ledger
from vedette.store.database import Store, Tx

ROUTE = Route("jira", "PAY")
TITLE = "KeyError: \x1b[2J[red]sku[/]"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("H_TOKEN", "token-of-the-tickets-tests")
    path = tmp_path / "vedette.yaml"
    path.write_text(
        "sentry: {url: http://127.0.0.1:9, organization: acme, token: env/H_TOKEN, client_secret: env/H_TOKEN}\n"
        "trackers: {jira: {kind: jira, url: http://127.0.0.1:9, email: b@acme.test, token: env/H_TOKEN}}\n"
        "routes: {default: {tracker: jira, project: TRIAGE}}\n"
        "tickets: {mutes: [{title: x, reason: over and done, until: 2020-01-31}]}\n"
        f"store: {{url: 'sqlite:///{tmp_path}/vedette.db'}}\n"
    )
    return path


@pytest.fixture
def store(config: Path) -> Iterator[Store]:
    lay_tables(config.parent / "vedette.db")
    with Store.open(StoreSettings(url=f"sqlite:///{config.parent}/vedette.db"), role="serve") as opened:
        opened.write(_fill)
        yield opened


def _fill(tx: Tx) -> None:
    now = wall_clock()
    for number in (11, 12, 13):
        key = IssueKey("default", str(number))
        flood.hold(tx, NewHeld(key, "main", ROUTE, "@acme/pay", TITLE, "shop", "", number, 2, "held back"), now=now)
    place = place_of(ROUTE)
    claim = ledger.claim(
        tx, issue=place.digest, track="main", generation=1, route=ROUTE, owner="", now=now, as_of=now
    )  # fmt: skip
    assert claim is not None
    ledger.opened(tx, claim.id, ticket=TicketRef("jira", "PAY-7", "7", "http://x.test"), status="", now=now, as_of=now)
    flood.attach(tx, place, claim.id)
    suppressing.note(tx, [("muted", "known flake")] * 3, now=now - timedelta(hours=2))


def asked(store: Store) -> list[str]:
    return sorted(each.issue.id for each in store.read(lambda tx: flood.listing(tx, states=[HeldState.ASKED])))


def test_what_is_held_is_listed_with_its_digest_and_commands_no_terminal(
    store: Store, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tickets", "held", "--config", str(config)]) == 0
    told = capsys.readouterr().out
    assert "jira/PAY: 3 held; digest PAY-7" in told
    assert told.index("default/13") < told.index("default/11")
    assert "[red]sku[/]" in told
    assert "\x1b[2J" not in told
    assert main(["tickets", "held", "--json", "--config", str(config)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["places"] == [
        {"tracker": "jira", "project": "PAY", "digest": "PAY-7", "url": "http://x.test", "held": 3, "asked": 0}
    ]
    assert [each["events"] for each in data["held"]] == [13, 12, 11]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["PAY-7"], ["11", "12", "13"]),
        (["PAY-7", "--limit", "1"], ["13"]),
        (["12"], ["12"]),
        (["default/11", "13"], ["11", "13"]),
        (["--all"], ["11", "12", "13"]),
    ],
)
def test_a_split_asks_for_what_is_meant_once(
    store: Store, config: Path, capsys: pytest.CaptureFixture[str], words: list[str], ids: list[str]
) -> None:
    assert main(["tickets", "split", *words, "--config", str(config)]) == 0
    assert asked(store) == ids
    assert f"{len(ids)} asked for, of {len(ids)}" in capsys.readouterr().out
    assert main(["tickets", "split", *words, "--config", str(config)]) == 0
    assert f"0 asked for, of {len(ids)}" in capsys.readouterr().out
    assert len(store.read(lambda tx: journal.search(tx, reason="split_asked", limit=9))) == 1


@pytest.mark.parametrize("words", [[], ["--all", "11"]])
def test_a_split_of_nothing_and_of_everything_at_once_is_refused(
    store: Store, config: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["tickets", "split", *words, "--config", str(config)]) == 1
    assert "name a digest or issues, or say --all" in capsys.readouterr().err
    assert asked(store) == []


def test_a_split_of_what_is_not_held_says_so(store: Store, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tickets", "split", "999", "--config", str(config)]) == 1
    assert "0 asked for, of 0" in capsys.readouterr().out
    assert asked(store) == []


def test_what_was_suppressed_is_counted_since_a_time_and_expired_mutes_are_named(
    store: Store, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tickets", "suppressed", "--config", str(config)]) == 0
    told = capsys.readouterr().out
    assert "3 × muted: known flake" in told
    assert "expired 2020-01-31: over and done" in told
    assert main(["tickets", "suppressed", "--since", "1h", "--config", str(config)]) == 0
    assert "nothing was suppressed within 1h" in capsys.readouterr().out
    assert main(["tickets", "suppressed", "--since", "soon", "--config", str(config)]) == 1
    assert "is not a duration such as" in capsys.readouterr().err


def test_check_warns_of_an_expired_mute(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(config)]) == 0
    assert "the mute expired 2020-01-31: over and done; renew it or take it out" in capsys.readouterr().out
