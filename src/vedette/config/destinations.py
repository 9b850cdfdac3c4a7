"""Destinations: where each route leads, whether something is there for every error, and whether the mode lets it.

The law: outside production nothing but a sandbox can be reached; a file by which it could be is refused as a whole.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from vedette.config.addresses import on_this_machine
from vedette.config.checks import Fault
from vedette.config.schema.trackers import RouteBlock
from vedette.config.tree import Loc
from vedette.model.boards import Place
from vedette.model.settings import Mode
from vedette.model.tickets import Route
from vedette.rules.boards import PRODUCTION, own_place, reachable

_NO_PROJECT = "an error that no board takes has no project"


def destinations(data: Mapping[str, Any], *, placing: Collection[str]) -> Iterator[Fault]:
    """Every fault of the routes' places; `placing`: names of the trackers that have portfolios."""
    mode, trackers = _mode(data), data.get("trackers")
    yield from _sinks(data, mode=mode)
    if not isinstance(trackers, Mapping):
        return
    for loc, block in _routes(data):
        try:
            written = RouteBlock.model_validate(block)
        except ValidationError:
            continue  # told already, by its form
        route = written.frozen(trackers)
        yield from _forms(loc, written)
        yield from _gaps(loc, route, mode=mode)
        if route.tracker not in placing:
            yield from _too_much(loc, route)
        if mode != PRODUCTION and not _is_sandbox(trackers.get(route.tracker)):
            yield from _outside(loc, route, mode=mode)


def _mode(data: Mapping[str, Any]) -> str:
    known = {mode.value for mode in Mode}
    written = data.get("mode")
    return written if isinstance(written, str) and written in known else PRODUCTION


def _routes(data: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    routes, teams = data.get("routes"), data.get("teams")
    for name, route in routes.items() if isinstance(routes, Mapping) else ():
        if isinstance(route, Mapping):
            yield ("routes", name), route
    for name, team in teams.items() if isinstance(teams, Mapping) else ():
        if isinstance(team, Mapping) and isinstance(team.get("route"), Mapping):
            yield ("teams", name, "route"), team["route"]


def _forms(loc: Loc, written: RouteBlock) -> Iterator[Fault]:
    """Boards that name no place, or two."""
    boards = written.boards if isinstance(written.boards, tuple) else ()
    for number, board in enumerate(boards):
        at: Loc = (*loc, "boards", number)
        yield from _form(at, board.place())
        for other, place in enumerate(board.also):
            yield from _form((*at, "also", other), place.place())


def _form(loc: Loc, place: Place) -> Iterator[Fault]:
    if bool(place.project) == bool(place.portfolio):
        yield Fault(loc, "the board should have either project or portfolio", "keep one of the two")


def _gaps(loc: Loc, route: Route, *, mode: str) -> Iterator[Fault]:
    if route.project:
        return
    if not route.boards:
        yield Fault(loc, "key project is missing", "add it: Key or id of the project that takes the tickets")
    elif any(not number for number, _ in reachable(route.boards, own_place(route), mode=mode)):
        yield Fault(loc, _NO_PROJECT, "add project:, or a last board without when:")


def _too_much(loc: Loc, route: Route) -> Iterator[Fault]:
    """Portfolios, or several places at once, on a tracker that has neither."""
    for number, board in enumerate(route.boards):
        at: Loc = (*loc, "boards", number)
        if any(place.portfolio for place in (board.place, *board.also)):
            yield Fault(at, f"tracker {route.tracker} has no portfolios", "name a project")
        elif board.also:
            yield Fault(at, f"a ticket of {route.tracker} stands in one project only", "take also: out")


def _outside(loc: Loc, route: Route, *, mode: str) -> Iterator[Fault]:
    """The first place of the route that is no sandbox and can be reached in this mode."""
    for number, board in reachable(route.boards, own_place(route), mode=mode):
        for place in (board.place, *board.also):
            if not place.sandbox and (place.project or place.portfolio):
                yield _refusal(loc, route, number, place, mode=mode)
                return


def _refusal(loc: Loc, route: Route, number: int, place: Place, *, mode: str) -> Fault:
    at: Loc = (*loc, "boards", number - 1) if number else loc
    message = f"in mode {mode} only sandboxed destinations are used, and {place} of {route.tracker} is none"
    if not route.boards:
        cure = f"name a sandbox and add sandbox: true, to the route or to tracker {route.tracker}"
    else:
        cure = f"add a board with when: {{modes: [{mode}]}} and sandbox: true before it"
    return Fault(at, message, f"{cure}; or set mode: production")


def _sinks(data: Mapping[str, Any], *, mode: str) -> Iterator[Fault]:
    """Every sink that would take points outside production, and is no sandbox."""
    sinks = data.get("sinks")
    for name, sink in sinks.items() if mode != PRODUCTION and isinstance(sinks, Mapping) else ():
        if isinstance(sink, Mapping) and not _is_sandbox(sink):
            message = f"in mode {mode} only sandboxed destinations are used, and sink {name} is none"
            cure = "add sandbox: true where its points mislead nobody; or set mode: production"
            yield Fault(("sinks", name), message, cure)


def _is_sandbox(vendor: Any) -> bool:
    return isinstance(vendor, Mapping) and (vendor.get("sandbox") is True or on_this_machine(vendor.get("url")))
