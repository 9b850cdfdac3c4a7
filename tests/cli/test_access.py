"""`vedette access` and `vedette dsn` against the stand-in Sentry: what people type, and what they read."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Place
from vedette.model.settings import StoreSettings
from vedette.store.database import Store

ACCESS = """
access:
  teams: {checkout: , search: }
  roles:
    checkout-developer: {teams: [checkout]}
  people:
    ada: {email: Ada@Example.test, roles: [checkout-developer]}
    bob: {email: bob@example.test, roles: [checkout-developer]}
"""


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of today's shape that holds nothing, made once: each command without one makes one and leaves it."""
    file = tmp_path_factory.mktemp("store") / "vedette.db"
    Store.open(StoreSettings(url=f"sqlite:///{file}"), role="command").close()
    return file


@pytest.fixture
def office(place: Place, empty_store: Path) -> Place:
    shutil.copy(empty_store, place.home / "vedette.db")
    # Instead of what the demo declares.
    settings = place.config.read_text(encoding="utf-8").replace("include: [access.yaml]\n", "")
    place.config.write_text(settings + ACCESS, encoding="utf-8")
    return place


MESS: dict[str, Any] = {
    "choices": {"has_auth_provider": True, "requires_sso": True},
    "teams": [{"slug": "search"}],
    "projects": [{"slug": "orphan"}],
    "members": [
        {"email": "ada@example.test", "pending": True, "expired": True, "teams": ["search"]},
        {"email": "bob@example.test", "pending": True, "expired": True, "teams": ["checkout"]},
        {"email": "eve@example.test", "name": "Eve Adams", "teams": ["checkout"], "flags": ["sso:linked"]},
    ],
    "accessRequests": [{"email": "eve@example.test", "team": "search"}],
}


@pytest.fixture
def mess(office: Place) -> Place:
    """An organisation as they become."""
    office.ground.sentry.roster(**MESS)
    return office


def test_a_dsn_is_printed_alone_and_is_the_public_one(office: Place) -> None:
    code, said, told = office.run("dsn", "checkout")
    assert (code, told) == (0, "")
    assert said == office.ground.sentry.dsn("checkout") + "\n"


def test_a_project_that_is_not_there_is_told_with_the_one_that_was_meant(office: Place) -> None:
    code, said, told = office.run("dsn", "chekout")
    assert (code, said) == (1, "")
    assert "there is no project chekout on default; did you mean checkout?" in told


def test_every_dsn_goes_to_a_file_of_its_own_that_only_its_owner_reads(mess: Place) -> None:
    folder = mess.home / "dsns"
    code, _, told = mess.run("dsn", "--all", "--format", "k8s-secret", "--output", str(folder))
    assert code == 0, told
    files = {file.name: file for file in folder.iterdir()}
    assert set(files) == {"checkout-dsn.yaml", "external-api-dsn.yaml", "search-dsn.yaml", "orphan-dsn.yaml"}
    assert {file.stat().st_mode & 0o777 for file in files.values()} == {0o600}
    manifest = yaml.safe_load(files["checkout-dsn.yaml"].read_text(encoding="utf-8"))
    assert manifest["stringData"]["dsn"] == mess.ground.sentry.dsn("checkout")


def test_json_of_every_dsn_is_one_file_and_replaces_the_old_one(office: Place) -> None:
    folder = office.home / "dsns"
    for _ in range(2):
        assert office.run("dsn", "--all", "--format", "json", "--output", str(folder))[0] == 0
    (file,) = folder.iterdir()
    assert {each["project"] for each in json.loads(file.read_text(encoding="utf-8"))} >= {"checkout", "search"}


@pytest.mark.parametrize("words", [("dsn",), ("dsn", "checkout", "--all"), ("dsn", "--all")])
def test_half_an_order_is_refused_with_the_whole_one(office: Place, words: tuple[str, ...]) -> None:
    code, _, told = office.run(*words)
    assert code == 1
    assert "name one project, or write all with --all --output FOLDER" in told


def test_the_doctor_tells_of_everybody_and_of_one_person(mess: Place) -> None:
    code, said, _ = mess.run("access", "doctor")
    assert code == 1
    for words in ("several_accounts", "invitation_expired", "not_declared", "wrong_identity", "vedette.yaml:"):
        assert words in said
    code, said, _ = mess.run("access", "doctor", "BOB@example.test")
    assert "invitation_expired" in said
    assert "ada" not in said


def test_a_name_that_fits_several_lists_them_and_one_that_fits_nobody_is_told(mess: Place) -> None:
    _, said, _ = mess.run("access", "doctor", "example")
    assert said.startswith("4 people are called that")
    code, _, told = mess.run("access", "doctor", "nobody-at-all")
    assert code == 1
    assert "nobody is called nobody-at-all" in told


def test_the_lines_of_the_doctor_can_be_used(mess: Place) -> None:
    _, said, _ = mess.run("access", "doctor", "eve", "--format", "json")
    (eve,) = json.loads(said)["people"]
    added = mess.home / "more.yaml"
    added.write_text(eve["lines"], encoding="utf-8")
    mess.change("\naccess:\n", "\ninclude: [more.yaml]\naccess:\n")
    _, said, _ = mess.run("access", "doctor", "eve", "--format", "json")
    (eve,) = json.loads(said)["people"]
    assert (eve["person"], eve["findings"]) == ("eve", [])


def test_requests_are_printed_with_their_lines_and_one_is_denied(mess: Place) -> None:
    code, said, _ = mess.run("access", "requests")
    assert code == 0
    assert "team-1  Eve Adams (eve@example.test) asks to be let into the team search" in said
    assert "eve: {email: eve@example.test, roles: [checkout-developer, search]}" in said
    code, _, told = mess.run("access", "requests", "--deny", "team-7")
    assert code == 1
    assert "there is no open request team-7; did you mean team-1?" in told
    assert mess.run("access", "requests", "--deny", "team-1")[0] == 0
    assert mess.ground.sentry.roster()["accessRequests"] == []
    assert mess.run("access", "requests")[1] == "0 open requests\n"


def test_an_approval_reminds_of_the_lines(mess: Place) -> None:
    code, said, _ = mess.run("access", "requests", "--approve", "team-1")
    assert code == 0
    assert "write it down as well, or the next plan takes it away again" in said


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("members", "checkout: checkout"),
        ("unowned", "no team"),
        ("unused", "bob@example.test"),
        ("seen", "not in 90 days"),
        ("talkers", "none"),
    ],
)
def test_each_report_is_a_table(mess: Place, subject: str, words: str) -> None:
    code, said, told = mess.run("access", "report", subject)
    assert (code, told) == (0, "")
    assert words in said


def test_a_report_is_a_file_for_others_too(mess: Place) -> None:
    _, said, _ = mess.run("access", "report", "unowned", "--format", "csv")
    assert said.splitlines()[0] == "instance,project,teams,why"
    _, said, _ = mess.run("access", "report", "unowned", "--format", "markdown")
    assert said.splitlines()[1] == "| --- | --- | --- | --- |"
    _, said, _ = mess.run("access", "report", "unowned", "--format", "json")
    assert {"instance": "default", "project": "orphan", "teams": "", "why": "no team"} in json.loads(said)


def test_where_nothing_is_declared_the_cure_is_told(place: Place) -> None:
    place.change("include: [access.yaml]\n", "")
    code, _, told = place.run("access", "doctor")
    assert code == 1
    assert "no Sentry instance is managed: write `access:`" in told
