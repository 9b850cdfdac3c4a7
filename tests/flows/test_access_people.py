"""Everybody's address, found by the way that their entry names; a source that is down makes nobody vanish."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.databases import lay_tables
from tests.integrations.github.standing import settings_for
from vedette.app import App
from vedette.errors import Unavailable, VedetteError
from vedette.flows.access_people import check_directory, known_people, remember
from vedette.model.access import AccessSettings, DirectoryFile, Managed, Person
from vedette.model.secret import Secret
from vedette.model.settings import Mode, SentryInstance, Settings, StoreSettings, TrackerSettings
from vedette.ports.access import Address
from vedette.rules.access.resolving import Known
from vedette.sandbox.github import Config, GitHubStandIn, Kind, Profile, demo

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ADA, LENA = Person("ada", email="Ada@example.test"), Person("lena", github="lena-lead")
ONNO, DI = Person("onno", github="onno-oncall"), Person("di", directory="DExample")


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with GitHubStandIn(demo(), recording=True) as running:
        yield running


@contextmanager
def opened(
    github: GitHubStandIn, folder: Path, *people: Person, timeout: timedelta = timedelta(seconds=10), **access: object
) -> Iterator[App]:
    """An app whose settings declare these people."""
    directory = folder / "people.csv"
    if not directory.exists():
        directory.write_text("uid;mail\ndexample;di@example.test\n", encoding="utf-8")
    declared = AccessSettings(
        instances=("default",),
        people={each.name: each for each in people},
        directory=DirectoryFile(str(directory)),
        github="gh",
    )
    tracker = TrackerSettings("gh", "github", settings_for(github), rate_per_s=1000, timeout=timeout)
    settings = Settings(
        mode=Mode.PRODUCTION,
        instances={"default": SentryInstance("default", "http://127.0.0.1:9", "acme", Secret(("x",)))},
        trackers={"gh": tracker},
        store=StoreSettings(f"sqlite:///{folder}/vedette.db"),
        access=replace(declared, **access),  # type: ignore[arg-type]
    )
    if not (folder / "vedette.db").exists():
        lay_tables(folder / "vedette.db")
    app = App.build(settings)
    try:
        yield app
    finally:
        app.close()


def kept(app: App, known: Known) -> None:
    """Remember what was found, as a recorded plan does."""
    app.store.write(lambda tx: remember(tx, app.settings.access.people, known, now=NOW))


def emails(known: Known) -> Mapping[str, str]:
    return {name: each.email for name, each in known.addresses.items()}


def test_each_address_is_found_by_its_own_way(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, ADA, LENA, DI) as app:
        known = known_people(app.context)
    assert known.addresses == {
        "ada": Address("Ada@example.test"),
        "lena": Address("lena@acme.example"),
        "di": Address("di@example.test"),
    }
    assert [each.path for each in github.exchanges() if each.path != "/"] == ["/users/lena-lead"]


def test_somebody_who_hides_their_address_is_told_with_the_reason_and_the_last_known(
    github: GitHubStandIn, tmp_path: Path
) -> None:
    with opened(github, tmp_path, LENA, ONNO) as app:
        kept(app, known_people(app.context))
    hidden = Config(repositories=demo().repositories, profiles=(Profile(login="lena-lead"),))
    github.on_loop(lambda state: state.configure(hidden))
    with opened(github, tmp_path, LENA, ONNO) as app:
        known = known_people(app.context)
    assert emails(known) == {"lena": "", "onno": ""}
    assert "shows no address" in known.addresses["lena"].text
    assert "there is no login" in known.addresses["onno"].text
    assert known.last == {"lena": "lena@acme.example"}


def test_a_hidden_address_does_not_wipe_out_the_last_known(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, LENA) as app:
        kept(app, known_people(app.context))
        kept(app, Known({"lena": Address("", "hidden")}))
        assert known_people(app.context).last == {"lena": "lena@acme.example"}


def test_a_name_that_passes_to_another_login_takes_no_address_along(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, LENA) as app:
        kept(app, known_people(app.context))
    other = Person("lena", github="onno-oncall")
    with opened(github, tmp_path, other) as app:
        assert known_people(app.context).last == {}


@pytest.mark.parametrize("kind", [Kind.MAINTENANCE, Kind.HANG, Kind.LIMIT_SECONDS, Kind.UNAUTHORISED, Kind.LOGIN_PAGE])
def test_a_github_that_is_down_fails_the_whole_question(github: GitHubStandIn, tmp_path: Path, kind: Kind) -> None:
    with opened(github, tmp_path, ADA, LENA, ONNO) as app:
        kept(app, known_people(app.context))
    limit = timedelta(seconds=1 if kind is Kind.HANG else 10)  # only what hangs takes all of it
    with opened(github, tmp_path, ADA, LENA, ONNO, timeout=limit) as app:
        github.fault(kind, on="read", times=9, seconds=2)
        with pytest.raises(VedetteError):
            known_people(app.context)


def test_a_file_that_is_gone_fails_the_whole_question(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, ADA, DI) as app:
        (tmp_path / "people.csv").unlink()
        with pytest.raises(Unavailable, match=r"people\.csv cannot be read"):
            known_people(app.context)


def test_nobody_is_looked_up_where_members_are_not_managed(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, ADA, LENA, DI, manage=frozenset({Managed.TEAMS})) as app:
        assert known_people(app.context) == Known()
    assert [each.path for each in github.exchanges() if each.path != "/"] == []


def test_a_github_that_nobody_needs_is_not_even_made(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, ADA, directory=None) as app:
        assert list(app.context.people) == []
        assert emails(known_people(app.context)) == {"ada": "Ada@example.test"}


def test_the_live_check_reads_the_file_and_names_who_is_missing(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, DI, Person("cy", directory="nobody")) as app:
        told, cy = check_directory(app.context)
    assert (told.ok, told.message) == (True, "1 of 2 people have an address in it")
    assert (cy.subject, cy.ok, cy.message.endswith("has no uid nobody")) == ("access.people.cy", False, True)


def test_the_live_check_tells_of_a_file_that_cannot_be_used(github: GitHubStandIn, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,mail\n", encoding="utf-8")
    with opened(github, tmp_path) as app:
        (told,) = check_directory(app.context)
    assert (told.ok, "there is no column uid" in told.message) == (False, True)


def test_the_live_check_says_nothing_of_a_file_that_is_not_named(github: GitHubStandIn, tmp_path: Path) -> None:
    with opened(github, tmp_path, directory=None) as app:
        assert list(check_directory(app.context)) == []


def test_every_call_waits_its_turn(github: GitHubStandIn, tmp_path: Path) -> None:
    turns: list[None] = []
    with opened(github, tmp_path, ADA, LENA, ONNO, DI) as app:
        known_people(app.context, pace=lambda: turns.append(None))
        known_people(app.context, pace=lambda: turns.append(None))
    assert len(turns) == 2
