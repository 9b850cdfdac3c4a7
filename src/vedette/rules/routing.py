"""Routing: from the failing code to its owner to the route of that owner, frame by frame."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vedette.model.issues import Fault, Frame, Occurrence
from vedette.model.ownership import Ownership, Step, Verdict
from vedette.model.settings import CodeownersSource, PathMap, Team
from vedette.model.tickets import Route
from vedette.rules.codeowners import Codeowners
from vedette.rules.frames import candidate_paths


@dataclass(frozen=True, slots=True)
class OwnersFile:
    """A parsed CODEOWNERS with the projects it serves; `origin` names it and its revision for explanations."""

    name: str
    owners: Codeowners
    projects: tuple[str, ...] = ()
    maps: tuple[PathMap, ...] = ()
    origin: str = ""
    stale: bool = False

    def serves(self, project: str) -> bool:
        """Whether this file speaks for the Sentry project (slug)."""
        return not self.projects or project in self.projects


File = TypeVar("File", OwnersFile, CodeownersSource)


def choose(files: Sequence[File], *, project: str) -> File | None:
    """The file (or the source of one) for a project: the first that names it, else the first that serves every one."""
    naming = (file for file in files if project in file.projects)
    return next(naming, next((file for file in files if not file.projects), None))


def from_the_crash(faults: Sequence[Fault]) -> Iterator[Frame]:
    """Frames in the order in which they are asked: in-app before the rest; within each, the exception that was raised
    last first, and from the crash outwards."""
    ordered = [frame for fault in reversed(faults) for frame in reversed(fault.frames)]
    yield from (frame for frame in ordered if frame.in_app)
    yield from (frame for frame in ordered if not frame.in_app)


def route_occurrence(
    occurrence: Occurrence | None,
    *,
    file: OwnersFile | None,
    teams: Mapping[str, Team],
    default: Route | None,
) -> Verdict:
    """Who owns the occurrence, and where its ticket goes.

    The first frame whose rule names owners decides. A rule that clears ownership says "not mine, ask my caller", so the
    walk goes on; an owner without a route ends it, since the caller's team would be the wrong one to ask.
    """
    if file is None:
        return Verdict(Ownership.UNMATCHED, route=default, source="no CODEOWNERS serves this project")
    frames = from_the_crash(occurrence.faults) if occurrence else iter(())
    steps, ownership, owner, route = _walk(frames, file=file, teams=teams)
    return Verdict(
        ownership,
        owner=owner,
        route=route or default,
        source=file.origin or file.name,
        stale=file.stale,
        steps=steps,
    )


def route_path(path: str, *, file: OwnersFile, teams: Mapping[str, Team], default: Route | None) -> Verdict:
    """The verdict for a bare path, for `owners explain PATH`."""
    steps, ownership, owner, route = _walk((Frame(filename=path, in_app=True),), file=file, teams=teams)
    return Verdict(ownership, owner=owner, route=route or default, source=file.origin, stale=file.stale, steps=steps)


Walked = tuple[tuple[Step, ...], Ownership, str, Route | None]


def _walk(frames: Iterable[Frame], *, file: OwnersFile, teams: Mapping[str, Team]) -> Walked:
    steps: list[Step] = []
    cleared = False
    for frame in frames:
        step = _ask(frame, file=file)
        steps.append(step)
        if step.owners:
            owner, route = _first_with_route(step.owners, teams=teams)
            ownership = Ownership.OWNED if route else Ownership.NO_ROUTE
            return tuple(steps), ownership, owner, route
        cleared = cleared or bool(step.pattern)
    ownership = Ownership.EXPLICITLY_UNOWNED if cleared else Ownership.UNMATCHED
    return tuple(steps), ownership, "", None


def _ask(frame: Frame, *, file: OwnersFile) -> Step:
    paths = candidate_paths(filename=frame.filename, abs_path=frame.abs_path, module=frame.module, maps=file.maps)
    for path in paths:
        match = file.owners.match(path)
        if match is not None:
            outcome = "owned" if match.owners else "cleared"
            return Step(frame, path, match.pattern, match.line, match.owners, outcome)
    return Step(frame, paths[0] if paths else "", outcome="unmatched" if paths else "no path")


def _first_with_route(owners: tuple[str, ...], *, teams: Mapping[str, Team]) -> tuple[str, Route | None]:
    for owner in owners:
        team = teams.get(owner)
        if team is not None and team.route is not None:
            return owner, team.route
    return owners[0], None
