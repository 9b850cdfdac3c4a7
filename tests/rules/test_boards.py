"""Which board takes a ticket, and what is said of it, by tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.boards import Board, Occasion, Place
from vedette.model.document import Bullets, Document, Heading, Paragraph, Text
from vedette.model.tickets import Route
from vedette.rules.boards import Choice, NoBoard, Scene, allowed, choose, reachable, with_board

WARNINGS = Board(Occasion(levels=("warning",)), Place(project="BACK"))
STAGING = Board(Occasion(environments=("staging",)), Place(portfolio="9"), also=(Place(portfolio="8"),))
ASIDE = Board(Occasion(modes=("development", "staging")), Place(portfolio="7", fallback="DEV", sandbox=True))
REST = Board(Occasion(), Place(portfolio="9", section="Now"))
ROUTE = Route("asana", "BACK", section="Triage", priority="Low", boards=(ASIDE, STAGING, WARNINGS, REST))


def scene(level: str = "error", environment: str = "production", mode: str = "production") -> Scene:
    return Scene(level, environment, mode, sandbox=False)


def chosen(route: Route, of: Scene) -> Choice:
    found = choose(route, of)
    assert isinstance(found, Choice), found
    return found


@pytest.mark.parametrize(
    ("of", "place", "sentence"),
    [
        (
            scene("warning"),
            Place(project="BACK", section="Triage"),
            "level warning in environment production: board 3 of 4 (level warning), project BACK",
        ),
        (
            scene("WARNING", "Staging"),
            Place(portfolio="9", section="Triage", fallback="BACK"),
            (
                "level WARNING in environment Staging: board 2 of 4 (environment staging), the newest project of "
                "portfolio 9; also the newest project of portfolio 8"
            ),
        ),
        (
            scene("", ""),
            Place(portfolio="9", section="Now", fallback="BACK"),
            "level unknown in environment unknown: board 4 of 4 (whatever is left), the newest project of portfolio 9",
        ),
        (
            scene("warning", "staging", "development"),
            Place(portfolio="7", fallback="DEV", section="Triage", sandbox=True),
            (
                "level warning in environment staging, mode development: board 1 of 4 (mode development or staging), "
                "the newest project of portfolio 7"
            ),
        ),
    ],
)
def test_the_first_board_whose_occasion_holds(of: Scene, place: Place, sentence: str) -> None:
    found = chosen(ROUTE, of)
    assert (found.place, found.sentence, found.priority) == (place, sentence, "Low")


def test_a_route_without_boards_has_nothing_to_tell() -> None:
    assert choose(Route("jira", "WB", section="S"), scene()) == Choice(Place(project="WB", section="S"))


def test_what_no_board_takes_is_the_routes_own() -> None:
    found = chosen(Route("asana", "BACK", boards=(WARNINGS,)), scene("fatal"))
    assert found.place == Place(project="BACK")
    assert found.sentence.endswith("none of 1 boards, so the route's own, project BACK")


def test_without_a_project_of_its_own_a_route_says_what_to_add() -> None:
    found = choose(Route("asana", "", boards=(WARNINGS,)), scene("fatal"))
    assert isinstance(found, NoBoard)
    assert "add `project:`, or a board without `when:`" in found.sentence


@pytest.mark.parametrize(
    ("priorities", "level", "expected"),
    [
        ({"warning": "Medium", "other": "High"}, "warning", "Medium"),
        ({"warning": "Medium", "other": "High"}, "Warning", "Medium"),
        ({"warning": "Medium", "other": "High"}, "fatal", "High"),
        ({"warning": "Medium"}, "fatal", "Low"),
        ({}, "warning", "Low"),
    ],
)
def test_the_priority_by_level_else_the_routes_own(priorities: dict[str, str], level: str, expected: str) -> None:
    found = chosen(Route("asana", "BACK", priority="Low", priorities=priorities), scene(level))
    assert found.priority == expected
    assert (f"priority {expected} for level {level}" in found.sentence) is (expected != "Low")


def test_a_further_place_that_is_no_sandbox_is_left_out_and_told() -> None:
    board = Board(Occasion(), Place(project="DEV", sandbox=True), also=(Place(project="BACK"),))
    found = chosen(Route("asana", "BACK", boards=(board,)), scene(mode="staging"))
    assert (found.also, found.place.fallback) == ((), "")
    assert "project BACK is no sandbox and is left out" in found.sentence


_WORDS = st.sampled_from(["", "warning", "error", "staging", "development", "production"])
_SOME = st.lists(_WORDS.filter(bool), max_size=2).map(tuple)
_PLACES = st.builds(
    Place, project=st.sampled_from(["A", "B"]), fallback=st.sampled_from(["", "C"]), sandbox=st.booleans()
)
_BOARDS = st.builds(Board, st.builds(Occasion, _SOME, _SOME, _SOME), _PLACES, st.lists(_PLACES, max_size=2).map(tuple))
_ROUTES = st.builds(
    Route,
    tracker=st.just("asana"),
    project=st.sampled_from(["", "A", "OWN"]),
    boards=st.lists(_BOARDS, max_size=4).map(tuple),
    sandbox=st.booleans(),
)
_SCENES = st.builds(Scene, _WORDS, _WORDS, st.sampled_from(["production", "staging", "development"]), st.booleans())


@given(_ROUTES, _SCENES)
def test_whatever_the_settings_say_only_sandboxes_are_chosen_outside_production(route: Route, of: Scene) -> None:
    found = choose(route, of)
    if isinstance(found, NoBoard):
        assert found.sentence
        return
    named = [place for board in route.boards for place in (board.place, *board.also)]
    sandboxes = {each.project for each in named if each.sandbox} | {each.fallback for each in named if each.sandbox}
    sandboxes |= {route.project} if route.sandbox else set()
    for place in (found.place, *found.also):
        assert allowed(place, of)
        if of.mode != "production" and not of.sandbox:
            assert {place.project, place.fallback} - {""} <= sandboxes


@given(_ROUTES, _SCENES)
def test_a_board_that_is_chosen_was_told_as_reachable(route: Route, of: Scene) -> None:
    """`vedette check` refuses by what can be reached; a board beyond that would be used unasked."""
    found = choose(route, of)
    if isinstance(found, Choice):
        own = Place(project=route.project, sandbox=route.sandbox)
        told = {(b.place.project, b.place.sandbox) for _, b in reachable(route.boards, own, mode=of.mode)}
        assert (found.place.project, found.place.sandbox) in told


def test_the_sentence_joins_the_reasons_of_the_ticket() -> None:
    blocks = (Paragraph((Text("boom"),)), Heading("Why this ticket"), Bullets(((Text("owner"),),)))
    *kept, last = with_board(Document((*blocks, Paragraph((Text("Runbook"),)))), "board 1").blocks
    assert kept[-1] == Bullets(((Text("owner"),), (Text("Board: board 1"),)))
    assert last == Paragraph((Text("Runbook"),))
    assert with_board(Document(blocks), "") == Document(blocks)
    assert with_board(Document(()), "board 1") == Document((Bullets(((Text("Board: board 1"),),)),))
