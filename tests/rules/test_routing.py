"""Whose code it was: which frame is asked first, the four outcomes, several owners, maps, and the choice of a file."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.issues import Fault, Frame, Occurrence
from vedette.model.owners import CodeownersSource, Entity, PathMap, Resolver, Team
from vedette.model.ownership import Ownership
from vedette.model.settings import Mode, Settings
from vedette.model.tickets import Route
from vedette.rules.codeowners import parse
from vedette.rules.matching import parse as parse_matcher
from vedette.rules.routing import OwnersFile, choose, find_owner, from_the_crash, route_occurrence, route_path

A, B, DEFAULT = Route("jira", "A"), Route("jira", "B"), Route("jira", "TRIAGE")
TEAMS = {"@acme/a": Team("@acme/a", A), "@acme/b": Team("@acme/b", B), "@acme/silent": Team("@acme/silent")}
RULES = """\
/a/ @acme/a
/b/ @acme/b
/cleared/
/silent/ @acme/silent
/both/ @acme/silent @acme/b
/stranger/ @acme/unknown
/src/main/java/ @acme/a
"""


def file(**changes: object) -> OwnersFile:
    return replace(OwnersFile("clroot", parse(RULES), origin="clroot@abc"), **changes)  # type: ignore[arg-type]


def app(path: str | None, **more: object) -> Frame:
    return Frame(filename=path, in_app=True, **more)  # type: ignore[arg-type]


def library(path: str) -> Frame:
    return Frame(filename=path)


def crash(*frames: Frame) -> Occurrence:
    """An occurrence of one exception; frames from the outermost call to the crash, as Sentry orders them."""
    return Occurrence("e", faults=(Fault("Error", "", frames),))


OUTCOMES: list[tuple[str, Occurrence | None, Ownership, str, Route]] = [
    ("the frame that crashed decides", crash(app("b/x.py"), app("a/x.py")), Ownership.OWNED, "@acme/a", A),
    ("its caller only where no rule names it", crash(app("b/x.py"), app("free/x.py")), Ownership.OWNED, "@acme/b", B),
    ("our code before a library's", crash(app("b/x.py"), library("a/x.py")), Ownership.OWNED, "@acme/b", B),
    ("a library's where ours has none", crash(app("free/x.py"), library("a/x.py")), Ownership.OWNED, "@acme/a", A),
    ("cleared means: ask my caller", crash(app("a/x.py"), app("cleared/x.py")), Ownership.OWNED, "@acme/a", A),
    (
        "cleared and nobody else",
        crash(app("free/x.py"), app("cleared/x.py")),
        Ownership.EXPLICITLY_UNOWNED,
        "",
        DEFAULT,
    ),
    ("no rule for any frame", crash(app("free/x.py")), Ownership.UNMATCHED, "", DEFAULT),
    (
        "an owner without a route ends the walk",
        crash(app("a/x.py"), app("silent/x.py")),
        Ownership.NO_ROUTE,
        "@acme/silent",
        DEFAULT,
    ),
    ("an owner whom the settings do not know", crash(app("stranger/x")), Ownership.NO_ROUTE, "@acme/unknown", DEFAULT),
    ("of several owners the first with a route", crash(app("both/x.py")), Ownership.OWNED, "@acme/b", B),
    ("a frame without a path is passed over", crash(app("a/x.py"), app("<anonymous>")), Ownership.OWNED, "@acme/a", A),
    ("no frames", crash(), Ownership.UNMATCHED, "", DEFAULT),
    ("no occurrence", None, Ownership.UNMATCHED, "", DEFAULT),
    ("backslashes", crash(app("a\\deep\\X.cs")), Ownership.OWNED, "@acme/a", A),
    ("a bundler's scheme", crash(app("webpack:///./a/index.ts")), Ownership.OWNED, "@acme/a", A),
    ("an application's scheme", crash(app("app:///b/index.js")), Ownership.OWNED, "@acme/b", B),
]


@pytest.mark.parametrize(("story", "occurrence", "ownership", "owner", "route"), OUTCOMES, ids=[o[0] for o in OUTCOMES])
def test_each_outcome_has_its_owner_and_its_route(
    story: str, occurrence: Occurrence | None, ownership: Ownership, owner: str, route: Route
) -> None:
    verdict = route_occurrence(occurrence, file=file(), teams=TEAMS, default=DEFAULT)
    assert (verdict.ownership, verdict.owner, verdict.route) == (ownership, owner, route), story
    assert verdict.source == "clroot@abc"


def test_the_exception_that_was_raised_last_is_asked_first() -> None:
    cause, raised = Fault("Cause", "", (app("a/x.py"),)), Fault("Raised", "", (app("b/x.py"),))
    verdict = route_occurrence(Occurrence("e", faults=(cause, raised)), file=file(), teams=TEAMS, default=None)
    assert verdict.owner == "@acme/b"


def test_every_frame_of_ours_is_asked_before_any_other() -> None:
    faults = (Fault("A", "", (app("1"), library("2"))), Fault("B", "", (library("3"), app("4"))))
    assert [frame.filename for frame in from_the_crash(faults)] == ["4", "1", "3", "2"]


def test_a_map_turns_what_was_deployed_into_what_the_repository_holds() -> None:
    maps = (PathMap("/app/", ""), PathMap("/source/", "b/"))
    for path, owner in (("/app/a/x.py", "@acme/a"), ("/source/deep/x.py", "@acme/b")):
        verdict = route_occurrence(crash(app(path)), file=file(maps=maps), teams=TEAMS, default=None)
        assert verdict.owner == owner
        assert verdict.steps[-1].path in ("a/x.py", "b/deep/x.py")


def test_a_java_frame_is_found_by_its_module_under_the_mapped_root() -> None:
    frame = app("Cart.java", module="com.acme.shop.Cart")
    maps = (PathMap("com/", "src/main/java/com/"),)
    verdict = route_occurrence(crash(frame), file=file(maps=maps), teams=TEAMS, default=None)
    assert verdict.owner == "@acme/a"
    assert verdict.steps[-1].path == "src/main/java/com/acme/shop/Cart.java"


def test_each_step_tells_what_was_asked_and_what_answered() -> None:
    frames = crash(app("a/x.py"), app("cleared/x.py"), app("free/x.py"), app(None))
    verdict = route_occurrence(frames, file=file(), teams=TEAMS, default=None)
    assert [(step.outcome, step.path, step.line) for step in verdict.steps] == [
        ("no path", "", 0),
        ("unmatched", "free/x.py", 0),
        ("cleared", "cleared/x.py", 3),
        ("owned", "a/x.py", 1),
    ]


def test_an_owner_without_a_route_and_no_default_leaves_no_route() -> None:
    verdict = route_occurrence(crash(app("silent/x.py")), file=file(), teams=TEAMS, default=None)
    assert (verdict.ownership, verdict.route) == (Ownership.NO_ROUTE, None)


def test_without_a_file_for_the_project_the_default_route_is_taken_and_said() -> None:
    verdict = route_occurrence(crash(app("a/x.py")), file=None, teams=TEAMS, default=DEFAULT)
    assert (verdict.ownership, verdict.route, verdict.steps) == (Ownership.UNMATCHED, DEFAULT, ())
    assert "no CODEOWNERS" in verdict.source


def test_a_stale_copy_is_told() -> None:
    assert route_occurrence(crash(app("a/x")), file=file(stale=True), teams=TEAMS, default=None).stale
    assert route_path("a/x", file=file(stale=True), teams=TEAMS, default=None).stale


def test_a_bare_path_has_the_verdict_of_a_frame() -> None:
    assert route_path("both/x.py", file=file(), teams=TEAMS, default=DEFAULT).owner == "@acme/b"
    assert route_path("free", file=file(), teams=TEAMS, default=DEFAULT).route == DEFAULT


def test_the_file_that_names_the_project_is_chosen_before_the_first_for_all() -> None:
    one, every, late = file(name="one", projects=("shop",)), file(name="every"), file(name="late", projects=("desk",))
    files = [every, one, late]
    assert choose(files, project="shop") is one
    assert choose(files, project="desk") is late
    assert choose(files, project="other") is every
    assert choose([one], project="other") is None


def test_where_a_file_comes_from_is_chosen_by_the_same_rule() -> None:
    every, named = CodeownersSource("every"), CodeownersSource("named", projects=("shop",))
    assert choose([every, named], project="shop") is named
    assert choose([every, named], project="other") is every


@given(st.lists(st.tuples(st.sampled_from(["a/x", "b/x", "cleared/x", "silent/x", "free/x", "<x>"]), st.booleans())))
def test_the_owner_is_always_that_of_the_first_frame_that_has_one(frames: list[tuple[str, bool]]) -> None:
    occurrence = crash(*(Frame(filename=path, in_app=ours) for path, ours in frames))
    verdict = route_occurrence(occurrence, file=file(), teams=TEAMS, default=DEFAULT)
    asked = [path for path, ours in reversed(frames) if ours] + [path for path, ours in reversed(frames) if not ours]
    named = next((path for path in asked if path[0] in "abs"), None)
    assert verdict.owner == {None: "", "a/x": "@acme/a", "b/x": "@acme/b", "silent/x": "@acme/silent"}[named]
    assert verdict.route is not None
    assert len(verdict.steps) == (asked.index(named) + 1 if named else len(asked))


@pytest.mark.parametrize("resolvers", [tuple(Resolver), tuple(reversed(Resolver)), (Resolver.CODEOWNERS,)])
def test_where_nobody_answers_the_codeowners_that_was_read_is_named(resolvers: tuple[Resolver, ...]) -> None:
    settings = asking(*resolvers)
    verdict = find_owner(crash(app("nothing/x.py")), issue_tags=(), file=file(), settings=settings)
    assert (verdict.ownership, verdict.route, verdict.source) == (Ownership.UNMATCHED, DEFAULT, file().origin)
    assert [bool(step.entry) for step in verdict.steps] == [each is Resolver.ENTITIES for each in resolvers]


@pytest.mark.parametrize(
    ("resolvers", "path", "owner", "asked"),
    [
        ((Resolver.CODEOWNERS, Resolver.ENTITIES), "a/x.py", "@acme/a", 1),
        ((Resolver.CODEOWNERS, Resolver.ENTITIES), "silent/x.py", "@acme/b", 2),
        ((Resolver.ENTITIES, Resolver.CODEOWNERS), "a/x.py", "@acme/b", 1),
        ((Resolver.CODEOWNERS,), "silent/x.py", "@acme/silent", 1),
    ],
)
def test_the_first_owner_with_a_route_ends_the_asking(
    resolvers: tuple[Resolver, ...], path: str, owner: str, asked: int
) -> None:
    verdict = find_owner(crash(app(path)), issue_tags=(("service", "b"),), file=file(), settings=asking(*resolvers))
    assert (verdict.owner, len(verdict.steps)) == (owner, asked)


def test_without_entries_no_step_speaks_of_them() -> None:
    settings = replace(asking(*Resolver), entities=())
    verdict = find_owner(crash(app("nothing/x.py")), issue_tags=(), file=file(), settings=settings)
    assert [step.entry for step in verdict.steps] == [""]


def asking(*resolvers: Resolver) -> Settings:
    """Settings with one entry, whose team has a route."""
    return Settings(
        mode=Mode.PRODUCTION,
        instances={},
        trackers={},
        teams=TEAMS,
        default_route=DEFAULT,
        entities=(Entity("@acme/b", (parse_matcher("service:b"),), number=1),),
        resolvers=resolvers,
    )
