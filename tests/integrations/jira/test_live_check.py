"""`check --live` before a Jira: each thing that a route names is found or told, with what was probably meant."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.integrations.jira.standing import NOWHERE, ROUTE, JiraCase, standing, with_project
from vedette.model.ownership import Finding
from vedette.model.tickets import Route
from vedette.sandbox.jira import CustomField, Face, Kind

FIELDS = (
    CustomField(id="customfield_10050", name="Severity", required=True, options=("Low", "High")),
    CustomField(id="customfield_10051", name="Cost centre"),
)
GOOD = replace(ROUTE, fields={"Severity": "High"})


@pytest.fixture(params=list(Face), ids=str)
def case(request: pytest.FixtureRequest) -> Iterator[JiraCase]:
    # A machine under load is not a tracker that does not answer.
    with standing(with_project(request.param, custom_fields=FIELDS), timeout=20) as standing_case:
        yield standing_case


def wrong(case: JiraCase, route: Route) -> list[Finding]:
    return [finding for finding in case.tracker.check([("vedette.yaml:7:3", route)]) if not finding.ok]


def test_a_route_in_which_everything_exists_has_nothing_wrong_and_says_what_was_asked(case: JiraCase) -> None:
    findings = list(case.tracker.check([("vedette.yaml:7:3", GOOD)]))
    assert [finding for finding in findings if not finding.ok] == []
    asked = " ".join(finding.subject for finding in findings)
    for what in ("project WB", "type Bug", "component External API", "status Need Triage", "assignee lead@acme.test"):
        assert what in asked
    for what in ("priority High", "field Severity", "value of Severity High", "BROWSE_PROJECTS", "CREATE_ISSUES"):
        assert what in asked


@pytest.mark.parametrize(
    ("changes", "subject", "cure"),
    [
        ({"project": "WBB"}, "project WBB", "did you mean WB?"),
        ({"type": "Bugg"}, "type Bugg", "did you mean Bug?"),
        ({"components": ("Extern API",)}, "component Extern API", "did you mean External API?"),
        ({"status": "Need Triag"}, "status Need Triag", "did you mean Need Triage?; or it is the name of a transition"),
        ({"priority": "Hihg"}, "priority Hihg", "did you mean High?"),
        ({"assignee": "pay-lead@acme.test"}, "assignee pay-lead@acme.test", "make the person assignable there"),
        ({"fields": {"Severity": "High", "Cost center": "1"}}, "field Cost center", "did you mean Cost centre?"),
        ({"fields": {"Severity": "Hi"}}, "value of Severity Hi", "did you mean High?"),
        ({"fields": {}}, "mandatory fields of WB", "give them values under the route's `fields:`"),
        ({"project": "QQQQ"}, "project QQQQ", "known are: WB, PAY, TRIAGE"),
    ],
    ids=str,
)
def test_each_mistake_is_told_at_its_place_with_its_cure(
    case: JiraCase, changes: dict[str, Any], subject: str, cure: str
) -> None:
    (finding,) = wrong(case, replace(GOOD, **changes))
    assert finding.subject == f"vedette.yaml:7:3: {subject}"
    assert finding.cure.startswith(cure)


def test_a_project_that_cannot_be_browsed_is_told(case: JiraCase) -> None:
    hidden = with_project(case.jira.config.face, browsable=False)
    case.jira.on_loop(lambda state: state.configure(hidden))
    assert [finding.subject for finding in wrong(case, GOOD)] == ["vedette.yaml:7:3: project WB"]


def test_labels_that_are_not_on_the_screen_are_told(case: JiraCase) -> None:
    screen = ("summary", "issuetype", "project", "description", "components", "priority", "assignee")
    config = with_project(case.jira.config.face, screen=screen, custom_fields=FIELDS)
    case.jira.on_loop(lambda state: state.configure(config))
    assert [finding.subject for finding in wrong(case, GOOD)] == ["vedette.yaml:7:3: labels"]


def test_bad_credentials_end_the_check_with_one_finding(case: JiraCase) -> None:
    case.behind("config", revoked=True)
    (finding,) = case.tracker.check([("vedette.yaml:7:3", GOOD)])
    assert (finding.ok, finding.cure) == (False, "check url, email and token")


def test_a_trouble_with_one_route_does_not_hide_the_next(case: JiraCase) -> None:
    case.jira.fault(Kind.ERROR_503, on="catalogue", match="/project/WB")
    findings = list(case.tracker.check([("a:1", GOOD), ("b:2", NOWHERE)]))
    told = [finding.subject for finding in findings if not finding.ok]
    assert told == ["a:1: WB", "b:2: project NOPE"]
