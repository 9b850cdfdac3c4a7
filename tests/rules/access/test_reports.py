"""Reports: each holds whom and what it should, in an order that one reads from the top; no name escapes its cell."""

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from tests.rules.access.people import ADA, NOW, access, account, invitation, organization
from vedette.model.org import Project, Talkativeness
from vedette.rules.access import reports
from vedette.rules.access.reports import SPANS, Report
from vedette.rules.access.resolving import Known
from vedette.rules.access.tabling import as_csv, as_data, as_markdown

PROJECTS = (
    Project("shop", teams=("checkout",)),
    Project("finder", teams=("search",)),
    Project("orphan"),
    Project("internal", internal=True),
    Project("api", teams=("checkout", "search")),
)


def test_members_are_told_with_person_teams_and_the_projects_of_each() -> None:
    whole = organization(account(2, "eve@acme.test"), account(1, teams=("checkout", "search")), projects=PROJECTS)
    made = reports.members(whole, access(ADA), known=Known(), now=NOW)
    rows = as_data(made)
    assert [(row["person"], row["email"]) for row in rows] == [("ada", "ada@acme.test"), ("", "eve@acme.test")]
    assert rows[0]["teams"] == "checkout; search"
    assert rows[0]["projects by team"] == "checkout: api, shop; search: api, finder"


def test_a_project_is_unowned_without_a_team_or_with_one_in_which_nobody_is() -> None:
    whole = organization(account(1), invitation(2, "bob@acme.test", teams=("search",)), projects=PROJECTS)
    rows = as_data(reports.unowned(whole))
    assert [(row["project"], row["why"]) for row in rows] == [
        ("finder", "nobody in its team ever logged in"),
        ("orphan", "no team"),
    ]


def test_the_loudest_project_comes_first_and_silent_ones_are_left_out() -> None:
    talk = [Talkativeness("shop", 5), Talkativeness("finder", 900, 3), Talkativeness("orphan", 0)]
    rows = as_data(reports.talkers(organization(projects=PROJECTS), talk))
    assert [(row["project"], row["events in 24 h"], row["teams"]) for row in rows] == [
        ("finder", 900, "search"),
        ("shop", 5, "checkout"),
    ]


def test_the_longest_silent_project_comes_first() -> None:
    last = {"shop": "hour", "finder": "month"}
    talk = {}
    for place, (name, _) in enumerate(SPANS):
        within = {each for each, _ in SPANS[: place + 1]}
        talk[name] = [Talkativeness(slug, 1) for slug, span in last.items() if span in within]
    rows = as_data(reports.seen(organization(projects=PROJECTS), talk))
    assert [(row["project"], row["last seen within"]) for row in rows] == [
        ("api", "not in 90 days"),
        ("orphan", "not in 90 days"),
        ("finder", "the last month"),
        ("shop", "the last hour"),
    ]


def test_unused_accounts_are_told_the_oldest_first() -> None:
    old = invitation(3, "old@acme.test", created_at=NOW.replace(year=2025), expired=True, inviter="boss")
    whole = organization(account(1), invitation(2, "new@acme.test"), old)
    rows = as_data(reports.unused(whole, now=NOW))
    assert [(row["email"], row["days"], row["expired"]) for row in rows] == [
        ("old@acme.test", 365, "yes"),
        ("new@acme.test", 30, "no"),
    ]


def test_several_instances_are_one_table() -> None:
    one = Report("unused", ("email",), (("a",),))
    assert reports.joined([one, Report("unused", ("email",), (("b",),))]).rows == (("a",), ("b",))


@given(st.text())
def test_no_cell_of_a_csv_is_a_formula_and_none_is_lost(words: str) -> None:
    made = as_csv(Report("r", ("a", "b"), ((words, 1),)))
    (_, row) = list(csv.reader(StringIO(made, newline="")))
    assert row[0] in {words, f"'{words}"}
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text())
def test_a_row_of_a_markdown_table_is_one_line_with_its_cells(words: str) -> None:
    made = as_markdown(Report("r", ("a", "b"), ((words, 1),)))
    lines = made.split("\n")
    assert len(lines) == 4
    assert lines[2].replace("\\\\", "").replace("\\|", "").count("|") == 3
