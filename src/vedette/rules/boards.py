"""Boards: which of a route's boards takes a ticket, and the sentence that says so.

The law: the first board whose occasion holds; and outside production nothing but a sandbox, whatever the settings say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vedette.model.boards import Board, Occasion, Place
from vedette.model.document import Block, Bullets, Document, Text
from vedette.model.tickets import Route

PRODUCTION = "production"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Scene:
    """What the choice rests on: the error's level and environment, our mode, and whether the tracker is a sandbox."""

    level: str
    environment: str
    mode: str
    sandbox: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The board, and the sentence for explain, ticket, journal and page; "" where there was nothing to choose."""

    place: Place
    also: tuple[Place, ...] = ()
    priority: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class NoBoard:
    """No board may take the ticket; the sentence says why, and what to change."""

    sentence: str


def choose(route: Route, scene: Scene) -> Choice | NoBoard:
    """The board of the route that takes a ticket for such an error."""
    number, board = _matching(route, scene)
    name = _name(number, board, route)
    if not (board.place.project or board.place.portfolio):
        return NoBoard(f"{_told(scene)}: {name}, and it names no project: add `project:`, or a board without `when:`")
    if not allowed(board.place, scene):
        return NoBoard(
            f"in mode {scene.mode} only sandboxed destinations are used: {name} is {board.place} of {route.tracker}; "
            f"add a board with `when: {{modes: [{scene.mode}]}}` and `sandbox: true`"
        )
    also = tuple(place for place in board.also if allowed(place, scene))
    priority, why = _priority(route, scene)
    place = replace(board.place, fallback=board.place.fallback or _own_fallback(route, board.place, scene))
    if not route.boards and not why:
        return Choice(place, priority=priority)
    told = [f"{_told(scene)}: {name}, {board.place}", *(f"also {place}" for place in also)]
    told += [f"{place} is no sandbox and is left out" for place in board.also if place not in also]
    return Choice(place, also, priority, "; ".join([*told, *why]))


def allowed(place: Place, scene: Scene) -> bool:
    """Whether tickets may stand there: outside production, only where they bother nobody."""
    return scene.mode == PRODUCTION or scene.sandbox or place.sandbox


def reachable(boards: Sequence[Board], own: Place, *, mode: str) -> Iterator[tuple[int, Board]]:
    """The boards that a ticket can reach in this mode, numbered from 1; the route's own project, if it can, as 0."""
    for number, board in enumerate(boards, start=1):
        if not _holds(board.when.modes, mode):
            continue
        yield number, board
        if not (board.when.levels or board.when.environments):
            return
    yield 0, Board(Occasion(), own)


def own_place(route: Route) -> Place:
    """The route's own project, which takes whatever no board takes."""
    return Place(project=route.project, section=route.section, sandbox=route.sandbox)


def with_board(document: Document, sentence: str) -> Document:
    """The body with the sentence among its reasons, which are its last list."""
    if not sentence:
        return document
    blocks: list[Block] = list(document.blocks)
    at = next((n for n in reversed(range(len(blocks))) if isinstance(blocks[n], Bullets)), None)
    said = (Text(f"Board: {sentence}"),)
    match None if at is None else blocks[at]:
        case Bullets(items=items) if at is not None:
            blocks[at] = Bullets((*items, said))
        case _:
            blocks.append(Bullets((said,)))
    return Document(tuple(blocks))


def _matching(route: Route, scene: Scene) -> tuple[int, Board]:
    for number, board in enumerate(route.boards, start=1):
        if _suits(board.when, scene):
            return number, _with_section(board, route)
    return 0, Board(Occasion(), own_place(route))


def _with_section(board: Board, route: Route) -> Board:
    places = [replace(place, section=place.section or route.section) for place in (board.place, *board.also)]
    return replace(board, place=places[0], also=tuple(places[1:]))


def _suits(when: Occasion, scene: Scene) -> bool:
    asked = ((when.levels, scene.level), (when.environments, scene.environment), (when.modes, scene.mode))
    return all(_holds(words, word) for words, word in asked)


def _holds(words: Sequence[str], word: str) -> bool:
    return not words or word.casefold() in {each.casefold() for each in words}


def _own_fallback(route: Route, place: Place, scene: Scene) -> str:
    """The route's own project stands in for a board that is closed, where the mode lets it."""
    own = own_place(route)
    return own.project if own.project != place.project and allowed(own, scene) else ""


def _priority(route: Route, scene: Scene) -> tuple[str, list[str]]:
    by_level = {level.casefold(): wanted for level, wanted in route.priorities.items()}
    wanted = by_level.get(scene.level.casefold()) or by_level.get(OTHER)
    if not wanted:
        return route.priority, []
    return wanted, [f"priority {wanted} for level {scene.level or 'unknown'}"]


def _told(scene: Scene) -> str:
    told = f"level {scene.level or 'unknown'} in environment {scene.environment or 'unknown'}"
    return told if scene.mode == PRODUCTION else f"{told}, mode {scene.mode}"


def _name(number: int, board: Board, route: Route) -> str:
    if not number:
        return f"none of {len(route.boards)} boards, so the route's own" if route.boards else "the route's own"
    when = board.when
    asked = (("level", when.levels), ("environment", when.environments), ("mode", when.modes))
    words = ", ".join(f"{name} {' or '.join(listed)}" for name, listed in asked if listed)
    return f"board {number} of {len(route.boards)} ({words or 'whatever is left'})"
