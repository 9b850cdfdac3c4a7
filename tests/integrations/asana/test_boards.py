"""Which project a place means: the newest open one of a portfolio, read once; and a fallback with its reason."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.conformance.trackers import draft_of, fence
from tests.integrations.asana.standing import AsanaCase, standing
from vedette.errors import Refused, Unavailable
from vedette.integrations.asana.kept import Kept
from vedette.model.boards import Board, Occasion, Place, Placed
from vedette.sandbox.asana import Kind, demo

NEWEST = "Sprint 42 (12012) is the newest open project of portfolio 7001"


@pytest.fixture
def case() -> Iterator[AsanaCase]:
    with standing(stamp_field="Sentry stamp") as running:
        yield running


def reads(case: AsanaCase, word: str) -> int:
    return sum(word in each.path for each in case.asana.exchanges())


def change(case: AsanaCase, gid: str, **changes: Any) -> None:
    """Change a project as a person would."""
    listed = [
        {**msgspec.to_builtins(each), **(changes if each.gid == gid else {})}
        for each in case.asana.state.config.projects
    ]
    case.behind("config", projects=listed)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place(portfolio="7001", section="Needs triage"), Placed("12012", "Needs triage", NEWEST)),
        (Place(project="portfolio:7001"), Placed("12012", said=NEWEST)),
        (Place(project="Detections BACKLOG"), Placed("12001")),
        (Place(project="12001", fallback="12002"), Placed("12001")),
        (
            Place(portfolio="7002", fallback="12001"),
            Placed(
                "12001",
                said="portfolio 7002 holds no open project (it is empty): put one into it, or write a fallback; "
                "meanwhile the fallback 12001 takes it",
            ),
        ),
        (
            Place(project="12013", fallback="Detections backlog"),
            Placed(
                "12001",
                said="project Sprint 40 (12013) is archived: bring it back, or name another; "
                "meanwhile the fallback Detections backlog takes it",
            ),
        ),
    ],
    ids=str,
)
def test_a_place_means_one_open_project(case: AsanaCase, place: Place, expected: Placed) -> None:
    assert case.tracker.resolve(place) == expected


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (Place(portfolio="7003"), r"portfolio 7003 holds no open project \(1 archived\): put one into it"),
        (Place(portfolio="7999"), "portfolio 7999 does not exist, or the token may not see it: share it"),
        (Place(project="99999"), "project 99999 does not exist, or the token may not see it: share it"),
        (Place(project="Detection backlog"), "perhaps Detections backlog was meant"),
        (Place(project="12013"), r"project Sprint 40 \(12013\) is archived: bring it back, or name another"),
        (Place(portfolio="7002", fallback="12013"), "and its fallback does not help: project Sprint 40"),
    ],
    ids=str,
)
def test_a_place_that_is_not_there_says_what_to_change(case: AsanaCase, place: Place, message: str) -> None:
    with pytest.raises(Refused, match=message):
        case.tracker.resolve(place)


def test_a_portfolio_of_several_pages_is_read_to_its_end() -> None:
    first = demo().projects[0]
    many = [msgspec.structs.replace(first, gid=str(20_000 + n), sections=(), created=float(n)) for n in range(230)]
    newest = many[-1].gid
    portfolios = [{"gid": "7001", "name": "Sprints", "items": [each.gid for each in many]}]
    projects = msgspec.to_builtins([*demo().projects, *many])
    with standing(company={"projects": projects, "portfolios": portfolios}) as case:
        assert case.tracker.resolve(Place(portfolio="7001")).project == newest
        assert reads(case, "/portfolios/") == 3


def test_of_two_projects_the_one_made_a_millisecond_later_is_the_newest(case: AsanaCase) -> None:
    newest = case.asana.state.projects["12012"].created
    change(case, "12011", created=newest + 0.001)
    assert case.tracker.resolve(Place(portfolio="7001")).project == "12011"


def test_workers_that_ask_together_read_a_portfolio_once(case: AsanaCase) -> None:
    case.asana.fault(Kind.SLOW, on="read", seconds=0.2)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(case.tracker.resolve(Place(portfolio="7001")).project))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == ["12012"] * 8
    # The one read was made slow, and what was spoiled is not on record.
    assert reads(case, "/portfolios/") == 0


def test_when_asana_is_down_the_last_reading_stands_in_and_says_so(case: AsanaCase) -> None:
    case.tracker.resolve(Place(portfolio="7001"))
    case.tracker._boards.forget()
    case.asana.fault(Kind.MAINTENANCE, on="read", times=1)
    said = case.tracker.resolve(Place(portfolio="7001")).said
    assert said.startswith(f"{NEWEST}, as it was ")
    assert "s ago, since Asana cannot say (" in said
    assert case.tracker.resolve(Place(portfolio="7001")) == Placed("12012", said=NEWEST)


def test_without_any_reading_a_dead_asana_is_waited_for(case: AsanaCase) -> None:
    case.asana.fault(Kind.MAINTENANCE, on="read", times=1)
    with pytest.raises(Unavailable):
        case.tracker.resolve(Place(portfolio="7001"))
    assert case.tracker.resolve(Place(portfolio="7001")).project == "12012"


def test_a_place_that_was_mended_is_found_at_once(case: AsanaCase) -> None:
    with pytest.raises(Refused):
        case.tracker.resolve(Place(project="12013"))
    change(case, "12013", archived=False)
    assert case.tracker.resolve(Place(project="12013")).project == "12013"


def test_who_waited_while_the_question_failed_does_not_ask_again() -> None:
    kept, asked, gate, failures = Kept(seconds=60), [], threading.Event(), []

    def ask() -> str:
        asked.append(1)
        gate.wait(10)
        raise Unavailable("down")

    def wait() -> None:
        try:
            kept.once("k", ask=ask)
        except Unavailable as problem:
            failures.append(str(problem))

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(10)
    assert failures == ["down"] * 4
    # Whoever came after the failure asks for itself; whoever had begun before it does not.
    assert 1 <= len(asked) <= 4


def test_mending_puts_a_task_on_its_further_boards_once(case: AsanaCase) -> None:
    also = (Placed("12032", "Needs triage"), Placed("12022", "Nowhere"), Placed("99999"))
    draft = replace(draft_of(case), also=also)
    ref = case.tracker.create(draft, fence=fence())
    (task,) = case.asana.tickets()
    assert task["projects"] == ["12001"]
    for _ in range(2):
        told = list(case.tracker.mend(ref, draft, fence=fence()))
        assert len(told) == 2 - (task["projects"] != ["12001"])
        assert "project 99999: the task does not stand in it too" in told[-1]
        (task,) = case.asana.tickets()
    assert task["projects"] == ["12001", "12032", "12022"]
    assert task["sections"] == ["Needs triage", "Needs triage", "Untitled section"]
    assert reads(case, "/addProject") == 4
    assert case.tracker.read([ref])[ref.id].project == "12001"


def test_a_section_that_went_since_it_was_read_does_not_cost_the_ticket(case: AsanaCase) -> None:
    case.tracker.create(draft_of(case, 1), fence=fence())
    gone = [each for each in msgspec.to_builtins(demo().projects[0].sections) if each["name"] != "Needs triage"]
    case.asana.on_loop(lambda state: state.tasks.clear())
    change(case, "12001", sections=gone)
    draft = draft_of(case, 2)
    ref = case.tracker.create(draft, fence=fence())
    (task,) = case.asana.tickets()
    assert (task["key"], task["sections"]) == (ref.key, ["Untitled section"])
    told = list(case.tracker.mend(ref, draft, fence=fence()))
    known = "known are: Untitled section, In progress, Won't do"
    assert told == [f"section Needs triage: left out, project 12001 has none of that name; {known}"]


def found(case: AsanaCase, *boards: Board, **changes: Any) -> list[tuple[bool, str, str]]:
    """What the live check says of a route with these boards."""
    route = replace(case.route, **({"boards": boards} | changes))
    told = case.tracker.check([("y.yaml:7:3", route)])
    return [(each.ok, each.subject.removeprefix("y.yaml:7:3: "), f"{each.message}; {each.cure}") for each in told][1:]


def test_the_live_check_asks_for_every_board_its_fallback_section_and_fields(case: AsanaCase) -> None:
    sprint = Board(Occasion(), Place(portfolio="7001", fallback="12013"), also=(Place(portfolio="7003"),))
    told = found(case, sprint, project="", fields={"Team": "Detections"}, priority="")
    assert told == [
        (True, "the newest project of portfolio 7001", f"{NEWEST}; "),
        (
            False,
            "fallback project 12013",
            "project Sprint 40 (12013) is archived; bring it back, or name another",
        ),
        (True, "section, fields, tags, assignee in 12012", "all exist; "),
        (True, "stamp field Sentry stamp", "is a text field of the project; "),
        (
            False,
            "the newest project of portfolio 7003",
            "portfolio 7003 holds no open project (1 archived); put one into it, or write a fallback",
        ),
    ]


def test_the_live_check_asks_for_the_priority_of_every_level(case: AsanaCase) -> None:
    told = found(case, priorities={"warning": "Medium", "fatal": "Urgent", "other": "Hgh"}, fields={})
    wrong = [message for ok, _, message in told if not ok]
    assert wrong == [
        "it has no option Urgent; known are: Critical, High, Medium, Low",
        "it has no option Hgh; perhaps High was meant",
    ]


def test_a_task_on_several_boards_is_found_again_after_a_lost_answer(case: AsanaCase) -> None:
    draft, attempted_at = replace(draft_of(case), also=(Placed("12032"),)), datetime.now(UTC)
    watermark = case.tracker.watermark(draft, known=())
    ref = case.tracker.create(draft, fence=fence())
    case.tracker.mend(ref, draft, fence=fence())
    looked = case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at)
    assert [each.ref.id for each in getattr(looked, "tickets", ())] == [ref.id]
