"""What is wrong in CODEOWNERS is looked at when it is refreshed: each kind of flaw is one cause until it is mended."""

from dataclasses import replace
from pathlib import Path

from tests.flows.conftest import OWNERS, Desk
from vedette.flows.owners_lint import last_look, lint_owners
from vedette.flows.schedule import tick
from vedette.model.alarms import Alarm, CauseKind
from vedette.model.owners import CodeownersSource
from vedette.model.settings import Settings
from vedette.store import alarms, journal


def standing(desk: Desk) -> dict[str, Alarm]:
    found = desk.app.store.read(lambda tx: alarms.standing(tx, kinds=[CauseKind.OWNERS_LINT]))
    return {each.cause.key: each for each in found}


def told(desk: Desk) -> list[str]:
    return [
        each.sentence for each in desk.app.store.read(lambda tx: journal.search(tx, reason="owners_lint", limit=10))
    ]


def with_text(desk: Desk, settings: Settings, text: str) -> None:
    desk.app.reload(replace(settings, codeowners=(CodeownersSource("clroot", text=text),)))


def test_a_flaw_is_one_cause_until_it_is_mended(desk: Desk, settings: Settings) -> None:
    with_text(desk, settings, OWNERS)
    for _ in range(3):
        lint_owners(desk.app.context)
    assert list(standing(desk)) == ["owners:clroot:no_route"]
    (sentence,) = told(desk)
    assert "clroot:3 @acme/nobody: is a team without a route" in sentence
    assert standing(desk)["owners:clroot:no_route"].cause.path == "/owners"
    with_text(desk, settings, OWNERS + "/lib/ @acme/ghost\n/lib/ @acme/checkout\n")
    lint_owners(desk.app.context)
    counts = {key: each.count for key, each in standing(desk).items()}
    assert counts == {"owners:clroot:no_route": 2, "owners:clroot:shadowed": 1}
    assert len(told(desk)) == 3
    with_text(desk, settings, "/shop/ @acme/checkout\n/api/ @acme/checkout\n")
    lint_owners(desk.app.context)
    assert list(standing(desk)) == ["owners:settings:unused_team"]


def test_a_file_that_could_never_be_read_is_a_cause_and_no_team_is_called_unused(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    desk.app.reload(replace(settings, codeowners=(CodeownersSource("gone", file=tmp_path / "GONE"),)))
    looked = lint_owners(desk.app.context)
    assert list(standing(desk)) == ["owners:settings:unreadable"]
    assert [each.flaw for each in looked.settings] == ["unreadable"]


def test_the_clock_has_it_looked_at_and_the_page_reads_what_was_found(desk: Desk) -> None:
    tick(desk.app.context)
    looked = desk.app.store.read(last_look)
    assert looked is not None
    (file,) = looked.files
    assert (file.name, file.rules, file.stale) == ("clroot", 3, False)
    assert looked.counts == {"clroot": {"no_route": 1}, "settings": {}}
