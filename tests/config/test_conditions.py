"""What the YAML says of conditions is what the monitor judges by."""

from pathlib import Path

import pytest

from tests.config.reading import ENVIRON, SENTRY
from vedette.config.load import Loaded, examine
from vedette.model.alarms import Severity
from vedette.model.conditions import Condition, ConditionKind, Season, Usual, Watched

CHAT = "notifiers: {chat: {kind: slack, url: env/CHAT}}\n"
POLICY = "tickets: {policies: [{on: [alert, monitor]}]}\n"
FILTERS = "monitor:\n  filters: {shop: {projects: [shop], group_by: [release]}}\n  conditions:\n"
GROWS = """\
    grows:
      kind: growth
      filters: [shop, shop]
      count_over: 100
      percent_over: 200
      floor: 50
      for: 2
      per: release
      usual: {season: day, last: 7, at_least: 5}
      notify: [chat, chat]
      owners: true
      ticket: true
      issues: 1
      severity: critical
"""


def loaded(folder: Path, text: str) -> Loaded:
    """What the settings say, read with the kinds of notifier that there are."""
    path = folder / "vedette.yaml"
    path.write_text(SENTRY + text)
    return examine(path, environ=ENVIRON | {"CHAT": "https://hooks.example.test/secret"})


def test_every_key_of_a_condition_is_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, CHAT + POLICY + FILTERS + GROWS).settings
    assert settings.monitor.conditions == (
        Condition(
            "grows",
            ConditionKind.GROWTH,
            ("shop",),
            count_over=100,
            percent_over=200,
            floor=50,
            windows=2,
            per=Watched.RELEASE,
            usual=Usual(Season.DAY, 7, 5),
            notify=("chat",),
            owners=True,
            ticket=True,
            issues=1,
            severity=Severity.CRITICAL,
        ),
    )


def test_a_condition_that_says_only_its_kind_has_that_kinds_usual_values(tmp_path: Path) -> None:
    short = "    a: {kind: growth}\n    b: {kind: new_error}\n    c: {kind: flat_line, usual: {last: 2}}\n"
    growth, new, flat = loaded(tmp_path, FILTERS + short).settings.monitor.conditions
    assert (growth.windows, growth.percent_over, growth.floor, growth.count_over) == (1, 100, 10, 0)
    assert (new.windows, new.count_over) == (2, 0)
    assert (flat.windows, flat.usual_at_least, flat.usual) == (3, 1, Usual(last=2, at_least=2))


def test_conditions_of_several_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "pay.yaml").write_text("monitor: {conditions: {pay: {kind: flat_line}}}\n")
    settings = loaded(tmp_path, f"include: pay.yaml\n{FILTERS}    a: {{kind: growth}}\n").settings
    assert [each.name for each in settings.monitor.conditions] == ["a", "pay"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (f"{CHAT}{FILTERS}    a: {{kind: flat_line, notify: [chat]}}\n", []),
        (f"{CHAT}alarms: {{operators: [chat]}}\n{FILTERS}    a: {{kind: flat_line}}\n", []),
        (f"{FILTERS}    a: {{kind: growth}}\n", ["neither it nor alarms.operators names a notifier"]),
        (f"{FILTERS}    a: {{kind: growth, owners: true}}\n", ["no owner is told, since no team names a notifier"]),
        (f"{POLICY}{FILTERS}    a: {{kind: growth, ticket: true}}\n", []),
        (
            f"{CHAT}{FILTERS}    a: {{kind: growth, notify: [chat], severity: info}}\n",
            ["since info is milder than alarms.minimum warning"],
        ),
        (
            f"{CHAT}monitor: {{conditions: {{a: {{kind: growth, notify: [chat]}}}}}}\n",
            ["nothing is counted that could be held against it"],
        ),
    ],
)
def test_what_is_probably_not_meant_is_told(tmp_path: Path, more: str, told: list[str]) -> None:
    passed_over = ("alarms.operators names none of them", "there is no tracker", "polls without a threshold")
    warnings = [each.message for each in loaded(tmp_path, more).warnings]
    found = [each for each in warnings if not any(words in each for words in passed_over)]
    assert len(found) == len(told)
    assert all(words in message for words, message in zip(told, found, strict=True))
