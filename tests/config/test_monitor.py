"""What the YAML says of the monitor is what flows and rules count by."""

import re
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest
from pydantic_core import PydanticCustomError

from tests.config.reading import SENTRY, VALUES, read, settings_of
from vedette.config.schema.patterns import checked
from vedette.errors import ConfigError
from vedette.model.metrics import Filter, Part, Term, Terms
from vedette.model.secret import Secret
from vedette.model.settings import MonitorSettings, SinkSettings

SINK = "sinks:\n  relic: {kind: meter, url: https://relic.example.test, key: env/HOOK_TOKEN}\n"
FULL = """\
monitor:
  every: 10m
  delay: 30s
  grace: 2h
  catch_up: 3h
  outcomes: false
  max_events: 500
  max_rows: 900
  key: [env/LOGIN_SECRET, env/HOOK_TOKEN]
  root: true
  filters:
    everything:
    checkout:
      projects: [web, 42]
      environments: [production]
      levels: [error, fatal]
      releases: [web@1.2]
      query: "browser.name:Firefox"
      terms:
        any: [timeout, 504, {text: "^Time.*out$", in: [title, title, stack], regex: true, case: true}]
        none: [{text: healthcheck, in: [tags]}]
      group_by: [customer_tier, customer_tier, region]
      sinks: [relic, relic]
      top: 5
    only-here: {sinks: []}
"""


def test_a_file_that_says_nothing_counts_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SENTRY)
    assert (settings.monitor, settings.sinks) == (MonitorSettings(), {})


def test_every_key_of_the_monitor_is_read(tmp_path: Path) -> None:
    checkout = Filter(
        name="checkout",
        instance="default",
        projects=("web", "42"),
        environments=("production",),
        levels=("error", "fatal"),
        releases=("web@1.2",),
        query="browser.name:Firefox",
        terms=Terms(
            any=(
                Term("timeout"),
                Term("504"),
                Term("^Time.*out$", (Part.TITLE, Part.STACK), pattern=True, case=True),
            ),
            none=(Term("healthcheck", (Part.TAGS,)),),
        ),
        group_by=("customer_tier", "region"),
        sinks=("relic",),
        top=5,
    )
    assert settings_of(tmp_path, SENTRY + SINK + FULL).monitor == MonitorSettings(
        filters=(
            Filter(name="everything", instance="default"),
            checkout,
            Filter(name="only-here", instance="default", sinks=()),
        ),
        every=timedelta(minutes=10),
        delay=timedelta(seconds=30),
        grace=timedelta(hours=2),
        catch_up=timedelta(hours=3),
        outcomes=False,
        max_events=500,
        max_rows=900,
        key=Secret(("value-of-login-secret", "value-of-hook-token"), "env/LOGIN_SECRET, env/HOOK_TOKEN"),
        root=True,
    )


def test_a_sink_holds_the_settings_of_its_kind(tmp_path: Path) -> None:
    text = SINK.replace("}", ", rate_per_s: 2, timeout: 9s}")
    sink = settings_of(tmp_path, SENTRY + text).sinks["relic"]
    assert sink.config.url == "https://relic.example.test"
    assert sink.config.key.reveal() == "value-of-hook-token"
    assert sink == SinkSettings("relic", "meter", sink.config, rate_per_s=2.0, timeout=timedelta(seconds=9))
    assert [value for value in VALUES if value in repr(sink)] == []


@pytest.mark.parametrize(
    ("block", "sandbox"),
    [
        ("url: https://relic.example.test", False),
        ("url: https://relic.example.test, sandbox: true", True),
        ("url: http://127.0.0.1:9009", True),
    ],
)
def test_a_sink_is_a_sandbox_where_it_says_so_or_stands_on_this_machine(
    tmp_path: Path, block: str, sandbox: bool
) -> None:
    assert (
        settings_of(tmp_path, f"{SENTRY}sinks: {{relic: {{kind: meter, {block}}}}}\n").sinks["relic"].sandbox is sandbox
    )


def test_teams_keep_filters_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "pay.yaml").write_text("monitor: {filters: {pay: {projects: [pay]}}}\n")
    (tmp_path / "web.yaml").write_text("monitor: {filters: {web: {projects: [web]}}}\n")
    text = f"include: [pay.yaml, web.yaml]\n{SENTRY}monitor: {{every: 1m, filters: {{all: {{}}}}}}\n"
    settings = settings_of(tmp_path, text)
    assert [each.name for each in settings.monitor.filters] == ["all", "pay", "web"]
    assert settings.where["monitor.filters.pay"] == f"{tmp_path}/pay.yaml:1:21"


@pytest.mark.parametrize("other", ["{pay: {environments: [production]}}", "{pay: }"])
def test_a_filter_of_two_files_is_nobodys_and_both_places_are_told(tmp_path: Path, other: str) -> None:
    (tmp_path / "pay.yaml").write_text(f"monitor:\n  filters: {other}\n")
    path = tmp_path / "vedette.yaml"
    path.write_text(f"include: pay.yaml\n{SENTRY}monitor:\n  filters:\n    pay: {{projects: [pay]}}\n")
    with pytest.raises(ConfigError) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert str(problem) == f"{tmp_path}/pay.yaml:2:13: monitor.filters.pay is set here and at {path}:9:5; keep one"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (SINK, "there are sinks, and nothing is counted, so nothing is sent"),
        (f"{SINK}monitor: {{filters: {{a: {{sinks: []}}}}}}\n", "no filter sends to sink relic"),
        (f"{SINK}monitor: {{filters: {{a: {{sinks: [relic]}}}}}}\n", ""),
        (f"{SINK}monitor: {{filters: {{a: }}}}\n", ""),
        (
            f"{SINK.replace('https', 'http')}monitor: {{filters: {{a: }}}}\n",
            "the points, and any key, travel in clear text",
        ),
        ("monitor: {filters: {a: }}\n", ""),
    ],
)
def test_what_is_probably_not_meant_is_told(tmp_path: Path, more: str, told: str) -> None:
    path = tmp_path / "vedette.yaml"
    path.write_text(
        f"{SENTRY}trackers: {{jira: {{kind: jira, url: https://acme.example.test, token: env/JIRA_TOKEN}}}}\n{more}"
    )
    assert [each.message for each in read(path).warnings] == ([told] if told else [])


@pytest.mark.parametrize(
    "pattern",
    [
        "timeout.*host",
        "^a.*b.*c",
        "a(?>.*?b)(?>.*?c).*d",
        "(?=.*foo)(?=.*bar)",
        "(foo|bar) (baz|qux)",
        r"HTTP \d+ from \w+",
        "foo.*bar|baz.*qux",
        "timeout|reset",
        "^$",
        "^(?!known)",
        "(?>a+)+",
        "(a++)+",
        r"(?:\d{1,3}\.){3}\d{1,3}",
        r"\(a+\)",
        "[(a+)]+",
        "(ab)+",
    ],
)
def test_a_pattern_that_is_quick_is_let_through(pattern: str) -> None:
    checked(pattern, case=False)
    assert re.compile(pattern)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(a+)+b", "could search for minutes"),
        ("(a|ab)+c", "could search for minutes"),
        ("(a?){30}b", "could search for minutes"),
        ("((a+))+b", "could search for minutes"),
        ("(?:a{1,3}){2,}b", "could search for minutes"),
        ("([a+]+)*b", "could search for minutes"),
        ("a.*b.*c", "could search for minutes"),
        ("^a.*b.*c.*d", "could search for minutes"),
        ("foo|^a.*b.*c", "could search for minutes"),
        ("(?>.*a.*b.*c)x", "could search for minutes"),
        ("a*", "finds something in every text"),
        ("timeout|", "finds something in every text"),
        ("[[a]", "is ambiguous"),
        ("(", "is no regular expression"),
        ("a{9999999999}", "is no regular expression"),
        ("a" * 501, "is longer than 500 characters"),
    ],
)
def test_a_pattern_that_is_none_or_slow_or_always_found_is_refused(pattern: str, told: str) -> None:
    with pytest.raises(PydanticCustomError, match=told):
        checked(pattern, case=False)


@pytest.mark.parametrize(
    "pattern", ["timeout.*host", "^a.*b.*c", "a(?>.*?b)(?>.*?c).*d", r"\w+foo", "(?=.*foo)(?=.*bar)"]
)
@pytest.mark.parametrize("text", ["ab" * 4000, "a" * 8000, "timeout" * 1100, "foo" * 2600])
def test_what_is_let_through_is_quick_on_the_worst_text_of_eight_thousand_characters(pattern: str, text: str) -> None:
    checked(pattern, case=False)
    began = process_time()
    re.compile(pattern, re.IGNORECASE).search(text)
    assert process_time() - began < 5, "cubic time takes twenty seconds and more"
