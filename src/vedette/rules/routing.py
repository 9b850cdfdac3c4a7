"""Routing: from an error to its owner to the route of that owner, by the code that failed, then by tags and URL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from vedette.model.issues import Fault, Frame, Occurrence
from vedette.model.owners import CodeownersSource, PathMap, Resolver, Team
from vedette.model.ownership import Ownership, Step, Verdict
from vedette.model.settings import Settings
from vedette.model.tickets import Route
from vedette.rules.codeowners import Codeowners
from vedette.rules.frames import candidate_paths
from vedette.rules.matching import Found, Traits, find, traits_of

# Which answer stands where nobody has a route: a name is worth more than a refusal, and that more than silence.
_WORTH = (Ownership.OWNED, Ownership.NO_ROUTE, Ownership.EXPLICITLY_UNOWNED, Ownership.UNMATCHED)
_ENTRIES = "ownership.entities"


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


def find_owner(
    occurrence: Occurrence | None, *, issue_tags: Sequence[tuple[str, str]], file: OwnersFile | None, settings: Settings
) -> Verdict:
    """Ask the resolvers of the settings in their order; the first owner with a route is the answer.

    An owner without a route is remembered and stays the verdict unless a later resolver names one that has a route.
    """
    asked: list[Verdict] = []
    for resolver in settings.resolvers:
        match resolver:
            case Resolver.CODEOWNERS:
                found = route_occurrence(occurrence, file=file, teams=settings.teams, default=settings.default_route)
            case Resolver.ENTITIES:
                found = route_traits(traits_of(occurrence, issue_tags=issue_tags), settings=settings)
        asked.append(found)
        if found.ownership is Ownership.OWNED:
            break
    return _joined(asked)


def route_traits(traits: Traits, *, settings: Settings) -> Verdict:
    """The verdict of `ownership.entities` alone, on tags and the URL's path."""
    default = settings.default_route
    found = find(settings.entities, traits=traits)
    if found is None:
        steps = (Step(Frame(), "its tags and URL", outcome="unmatched", entry=_ENTRIES),) if settings.entities else ()
        return Verdict(Ownership.UNMATCHED, route=default, source=_ENTRIES, steps=steps)
    entity = found.entity
    owner, route = _first_with_route((entity.team,), teams=settings.teams)
    step = Step(Frame(), _sentence(found), owners=(owner,), outcome="owned", entry=entity.called)
    ownership = Ownership.OWNED if route else Ownership.NO_ROUTE
    source = entity.place or _ENTRIES
    return Verdict(ownership, owner=owner, route=route or default, source=source, steps=(step,))


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


def _joined(asked: Sequence[Verdict]) -> Verdict:
    """The answer that stands, with the steps of every resolver that was asked."""
    standing = min(asked, key=lambda verdict: (_WORTH.index(verdict.ownership), verdict.source == _ENTRIES))
    return replace(standing, steps=tuple(step for verdict in asked for step in verdict.steps))


def _sentence(found: Found) -> str:
    *others, last = found.words
    what = f"{', '.join(others)} and {last} are" if others else f"{last} is"
    return f"{what} {found.entity.team}'s: {found.entity.called}"


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
