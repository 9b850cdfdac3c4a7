"""What CODEOWNERS and the team map say that cannot be meant: each flaw with its place and its cure."""

from time import perf_counter

from vedette.model.lint import Flaw
from vedette.model.owners import Team
from vedette.model.tickets import Route
from vedette.rules.codeowners import parse
from vedette.rules.owners_lint import lint_file, unused_teams
from vedette.rules.routing import OwnersFile

TEAMS = {"@acme/shop": Team("@acme/shop", Route("jira", "PAY")), "@acme/bare": Team("@acme/bare")}


def file(text: str) -> OwnersFile:
    return OwnersFile("CODEOWNERS", parse(text, dialect="auto"), origin="acme/shop@1f2e3d")


def told(text: str, *, files: list[str] | None = None, teams: dict[str, Team] | None = TEAMS) -> list[tuple[str, str]]:
    return [(str(each.flaw), each.place) for each in lint_file(file(text), teams=teams, files=files).findings]


def test_a_sound_file_has_no_finding() -> None:
    linted = lint_file(file("* @acme/shop\n/src/ @acme/shop\n"), teams=TEAMS, files=["src/a.py", "README"])
    assert (linted.findings, linted.rules, linted.owners, linted.files) == ((), 2, 1, 2)


def test_an_owner_without_a_route_is_told_once_with_its_first_line_and_the_cure() -> None:
    found = lint_file(file("/a @acme/ghost\n/b @acme/ghost @ACME/Shop\n/c @acme/bare\n"), teams=TEAMS).findings
    assert [(each.place, each.text) for each in found] == [
        ("CODEOWNERS:1", "@acme/ghost"),
        ("CODEOWNERS:2", "@ACME/Shop"),
        ("CODEOWNERS:3", "@acme/bare"),
    ]
    assert "on 1 more lines" in found[0].message
    assert found[1].cure == "teams: writes @acme/shop; write it the same"
    assert found[2].cure == "give it a route under teams:"


def test_without_settings_nobody_misses_a_route() -> None:
    assert told("/a @acme/ghost\n", teams=None) == []


def test_each_flaw_of_a_line_is_told_with_its_number() -> None:
    patterns = ("/src/", "!/x", "/src/old.py", "/src/", "/gone/", "*.rb")
    text = "".join(f"{pattern} @acme/shop\n" for pattern in patterns)
    assert told(text, files=["src/a.py", "src/old.py"]) == [
        ("shadowed", "CODEOWNERS:1"),
        ("invalid_line", "CODEOWNERS:2"),
        ("shadowed", "CODEOWNERS:3"),
        ("vanished", "CODEOWNERS:5"),
        ("no_file", "CODEOWNERS:6"),
    ]


def test_sections_are_judged_each_by_itself_with_their_exclusions() -> None:
    text = "[Docs]\n*.md @acme/shop\n!/gone.md\n[Code]\n*.md @acme/shop\n/a.py @acme/shop\n* @acme/shop\n"
    assert told(text, files=["a.py", "b.md"]) == [
        ("vanished", "CODEOWNERS:3"),
        ("shadowed", "CODEOWNERS:5"),
        ("shadowed", "CODEOWNERS:6"),
    ]


def test_a_team_that_nobody_names_is_told_with_its_place_and_the_spelling_that_was_meant() -> None:
    read = [file("/a @acme/shop\n/b @Acme/Bare\n")]
    found = unused_teams(
        read, teams=[*TEAMS, "@acme/gone"], entities={"@acme/x"}, where={"teams.@acme/gone": "v.yaml:7:3"}
    )
    assert [(each.flaw, each.place, each.text) for each in found] == [
        (Flaw.UNUSED_TEAM, "teams", "@acme/bare"),
        (Flaw.UNUSED_TEAM, "v.yaml:7:3", "@acme/gone"),
    ]
    assert found[0].cure == "CODEOWNERS writes @Acme/Bare: write it the same"
    assert unused_teams(read, teams=["@acme/x"], entities={"@acme/x"}, where={}) == []


def test_the_time_grows_with_the_rules_and_not_with_their_square() -> None:
    def took(count: int) -> float:
        text = "\n".join(f"/s{at % 40}/m{at}/*.py @acme/shop\n/s{at % 40}/m{at}/f.js @acme/shop" for at in range(count))
        read = file(text)
        files = [f"s{at % 40}/m{at}/f.py" for at in range(count)]
        began = perf_counter()
        assert len(lint_file(read, teams=TEAMS, files=files).findings) == count
        return perf_counter() - began

    took(200)
    small, large = min(took(1000) for _ in range(3)), min(took(8000) for _ in range(2))
    assert large < small * 8 * 4, "eight times the rules took more than four times their share"
