"""Includes: maps merge, lists append, and a value that is set twice names both places."""

from pathlib import Path

import pytest

from tests.config.reading import JIRA, SENTRY, read
from vedette.errors import ConfigError


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.with_suffix(".yaml").parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yaml").write_text(text, encoding="utf-8")
    return folder / "vedette.yaml"


def test_maps_merge_and_lists_append_in_order(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        vedette=f"include: [teams/*.yaml, tracker.yaml]\n{SENTRY}tickets: {{policies: [{{name: a, projects: [a]}}]}}\n",
        tracker=f"{JIRA}routes: {{default: {{project: TRIAGE}}}}\n",
        teams__a='teams: {"@acme/a": {route: default}}\ntickets: {policies: [{name: b, projects: [b]}]}\n',
        teams__b='teams: {"@acme/b": {route: {project: B}}}\ntickets: {mutes: [{issue: 1, reason: known}]}\n',
    )
    settings = read(path).settings
    assert list(settings.teams) == ["@acme/a", "@acme/b"]
    assert [policy.name for policy in settings.policies] == ["a", "b"]
    assert len(settings.mutes) == 1
    assert settings.where["teams.@acme/b.route.project"] == f"{tmp_path}/teams/b.yaml:1:29"


def test_a_value_that_is_set_twice_names_both_places(tmp_path: Path) -> None:
    path = write(
        tmp_path, vedette=f"include: more.yaml\n{SENTRY}queue: {{workers: 2}}\n", more="queue:\n  workers: 3\n"
    )
    with pytest.raises(ConfigError) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == (f"{tmp_path}/more.yaml", 2, 3)
    assert problem.message == f"queue.workers is set here and at {path}:7:9"


def test_an_included_file_may_include_others_from_its_own_folder(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        vedette="include: parts/first.yaml\n",
        parts__first="include: second.yaml\nqueue: {workers: 7}\n",
        parts__second=SENTRY,
    )
    settings = read(path).settings
    assert (settings.queue.workers, list(settings.instances)) == (7, ["default"])


def test_secrets_and_paths_start_at_the_file_that_names_them(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        vedette="include: parts/sentry.yaml\nownership: {codeowners: [{file: OWNERS}]}\n",
        parts__sentry=SENTRY.replace("env/SENTRY_TOKEN", "file/token"),
    )
    (tmp_path / "parts" / "token").write_text("from-a-file\n")
    settings = read(path).settings
    assert settings.instances["default"].token.reveal() == "from-a-file"
    assert settings.codeowners[0].file == tmp_path / "OWNERS"


def test_a_pattern_that_matches_nothing_is_no_problem(tmp_path: Path) -> None:
    assert read(write(tmp_path, vedette=f"include: [conf.d/*.yaml]\n{SENTRY}")).settings.teams == {}


def test_a_pattern_that_matches_its_own_file_leaves_it_out(tmp_path: Path) -> None:
    assert (
        read(write(tmp_path, vedette=f"include: ['*.yaml']\n{SENTRY}", more="mode: production\n")).settings.mode
        == "production"
    )


def test_files_that_include_each_other_are_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path, vedette=f"include: more.yaml\n{SENTRY}", more="include: vedette.yaml\n")
    with pytest.raises(ConfigError, match=r"more\.yaml:1:10: .*vedette\.yaml includes itself"):
        read(path)


def test_an_empty_file_is_an_empty_block(tmp_path: Path) -> None:
    assert read(write(tmp_path, vedette=f"include: more.yaml\n{SENTRY}", more="# nothing yet\n")).settings.mutes == ()
