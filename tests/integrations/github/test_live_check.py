"""`check --live` before a GitHub: each thing that a route names is found or told, with what was probably meant."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.integrations.github.standing import ROUTE, GitHubCase, installed, standing, with_repository
from vedette.model.ownership import Finding
from vedette.model.tickets import Route
from vedette.sandbox.github import Kind, amended, demo

APP = amended(demo(), {"app": installed()})


@pytest.fixture(params=["token", "app"])
def case(request: pytest.FixtureRequest) -> Iterator[GitHubCase]:
    with standing(APP if request.param == "app" else demo(), timeout=5.0) as running:
        yield running


def wrong(case: GitHubCase, route: Route = ROUTE) -> list[Finding]:
    return [finding for finding in case.tracker.check([("vedette.yaml:7:3", route)]) if not finding.ok]


def test_a_route_in_which_everything_exists_has_nothing_wrong_and_says_what_was_asked(case: GitHubCase) -> None:
    findings = list(case.tracker.check([("vedette.yaml:7:3", ROUTE)]))
    assert [finding for finding in findings if not finding.ok] == []
    asked = " ".join(finding.subject for finding in findings)
    for what in ("repository acme/workbench", "assignee lena-lead", "status Open", "milestone Autumn"):
        assert what in asked
    assert f"signed in as {case.login}" in " ".join(finding.message for finding in findings)


@pytest.mark.parametrize(
    ("changes", "subject", "cure"),
    [
        ({"project": "acme/workbensh"}, "repository acme/workbensh", "did you mean acme/workbench?"),
        ({"project": "acme/qqqqqqqq"}, "repository acme/qqqqqqqq", "acme/"),
        ({"project": "workbench"}, "repository workbench", "did you mean acme/workbench?"),
        ({"assignee": "lena"}, "assignee lena", "give a login"),
        ({"assignee": "lead@acme.test"}, "assignee lead@acme.test", "not an e-mail address"),
        ({"status": "Complete"}, "status Complete", "did you mean completed?"),
        ({"fields": {"milestone": "Autum"}}, "milestone Autum", "did you mean Autumn?"),
        ({"components": ("API",)}, "components", "remove `components:`, or use labels"),
        ({"fields": {"severity": 1}}, "fields.severity", "remove `fields.severity:`"),
    ],
    ids=str,
)
def test_each_mistake_is_told_at_its_place_with_its_cure(
    case: GitHubCase, changes: dict[str, Any], subject: str, cure: str
) -> None:
    (finding,) = wrong(case, replace(ROUTE, **changes))
    assert finding.subject == f"vedette.yaml:7:3: {subject}"
    assert cure in finding.cure


@pytest.mark.parametrize(
    ("changes", "message"), [({"has_issues": False}, "switched off"), ({"archived": True}, "archived")]
)
def test_a_repository_that_takes_no_issues_is_told(case: GitHubCase, changes: dict[str, bool], message: str) -> None:
    case.github.on_loop(lambda state: state.configure(with_repository(state.config, **changes)))
    assert message in wrong(case, replace(ROUTE, fields={}))[0].message


@pytest.mark.parametrize(
    ("role", "labels", "cure"),
    [
        ("read", ("sentry",), "give the bot the role Triage or Write in acme/workbench"),
        ("triage", ("fresh",), "make the label in acme/workbench, or give the bot the role Write"),
        ("write", ("fresh",), ""),
    ],
)
def test_rights_that_are_missing_are_told_before_a_label_is_lost(role: str, labels: tuple[str, ...], cure: str) -> None:
    with standing(with_repository(demo(), role=role), timeout=5.0) as case:
        assert [finding.cure for finding in wrong(case, replace(ROUTE, labels=labels))] == ([cure] if cure else [])


def test_an_app_that_may_not_write_issues_is_told() -> None:
    config = amended(demo(), {"app": installed(permissions={"issues": "read", "metadata": "read"})})
    with standing(config, timeout=5.0) as case:
        assert "grant the App `Issues: read and write`" in wrong(case)[0].cure


def test_credentials_that_do_not_open_end_the_questions(case: GitHubCase) -> None:
    case.behind("config", revoked=True)
    (finding,) = wrong(case)
    assert (finding.subject, finding.cure) == ("github", "check url, and token or App")


def test_a_trouble_on_one_route_leaves_the_others_asked(case: GitHubCase) -> None:
    case.github.fault(Kind.ERROR_500, on="catalogue", match="/repos/acme/workbench")
    payments = replace(ROUTE, project="acme/payments", fields={}, type="")
    findings = list(case.tracker.check([("a:1:1", ROUTE), ("b:2:2", payments)]))
    assert [finding.subject for finding in findings if not finding.ok] == ["a:1:1: acme/workbench"]
    assert any(finding.subject == "b:2:2: repository acme/payments" for finding in findings)
