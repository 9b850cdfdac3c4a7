"""Seeding: many issues made cheaply from a few words each, for polls and storms."""

from collections import Counter
from typing import Any
from uuid import uuid4

import msgspec

from vedette.sandbox.sentry import dates, normalise
from vedette.sandbox.sentry.memory import Memory
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.settings import Project
from vedette.sandbox.sentry.tides import Arrival, Traits


class Heap(msgspec.Struct, forbid_unknown_fields=True):
    """`count` occurrences at one instant."""

    at: str | float
    count: int = 1
    environment: str = "production"


class Seed(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """One issue to be; everything has a default, and dates are ISO text or epoch seconds."""

    project: str = ""
    id: int | None = None
    title: str = ""
    type: str = "ValueError"
    value: str = "seeded"
    culprit: str = ""
    level: str = "error"
    status: str = "unresolved"
    count: int = 1
    first_seen: str | float | None = None
    last_seen: str | float | None = None
    environment: str = "production"
    release: str = ""
    tags: dict[str, str] = {}
    #: Frames as an SDK sends them, the crash last; a text is the path of an in-app frame.
    frames: list[str | dict[str, Any]] = []
    #: When occurrences came; overrides `count` and `lastSeen`.
    arrivals: list[Heap] = []


def plant(memory: Memory, seed: Seed, *, now: float) -> Issue:
    """Make the issue, with one occurrence that can be read; raises KeyError when the project is unknown."""
    project = memory.project(seed.project) if seed.project else next(iter(memory.projects.values()))
    if project is None:
        raise KeyError(seed.project)
    heaps = _arrivals(seed, now)
    last = heaps[-1]
    stored = normalise.normalise(_event(seed, last), project=project, received=now)
    stored |= {"title": seed.title or stored["title"], "culprit": seed.culprit or stored["culprit"]}
    issue = _issue(memory, seed, project, stored, heaps)
    memory.ingest(project, stored)
    if last.weight < 1:
        issue.arrivals.clear()
        issue.times_seen = 0
    # The event that can be read is one of the last heap.
    memory.count(issue, [*heaps[:-1], last._replace(weight=last.weight - 1)][: len(heaps) - (last.weight < 2)])
    issue.tags = {key: Counter({value: issue.times_seen}) for key, value in stored["tags"]}
    if seed.status != "unresolved":
        memory.change_status(issue, seed.status, at=now)
    return issue


def _issue(memory: Memory, seed: Seed, project: Project, stored: dict[str, Any], heaps: list[Arrival]) -> Issue:
    first = dates.parse(seed.first_seen, heaps[0].at)
    issue = Issue(
        id=memory.next_id() if seed.id is None else seed.id,
        project=project,
        number=memory.next_number(project),
        title=seed.title or stored["title"],
        culprit=seed.culprit or stored["culprit"],
        level=seed.level,
        type=stored["type"],
        metadata=stored["metadata"],
        first_seen=first,
        last_seen=first,
        hashes=list(stored["hashes"]),
    )
    return memory.add(issue)


def _arrivals(seed: Seed, now: float) -> list[Arrival]:
    if seed.arrivals:
        heaps = [
            Arrival(dates.parse(heap.at, now), heap.count, _traits(seed, heap.environment)) for heap in seed.arrivals
        ]
        return sorted(heaps)
    return [Arrival(dates.parse(seed.last_seen, now), seed.count, _traits(seed, seed.environment))]


def _traits(seed: Seed, environment: str) -> Traits:
    said = {"environment": environment, "level": seed.level, "release": seed.release, **seed.tags}
    tags = tuple(sorted((key, value) for key, value in said.items() if value))
    return Traits(environment=environment, release=seed.release, level=seed.level, tags=tags, unseen=True)


def _event(seed: Seed, heap: Arrival) -> dict[str, Any]:
    frames = [_frame(frame) for frame in seed.frames]
    crash = {"type": seed.type, "value": seed.value, "stacktrace": {"frames": frames}}
    event_id = uuid4().hex
    return {
        "event_id": event_id,
        "timestamp": heap.at,
        "platform": "python",
        "level": seed.level,
        "environment": heap.traits.environment,
        "release": seed.release or None,
        "tags": seed.tags,
        # A hash of its own: two seeds alike in every word are still two issues.
        "fingerprint": ["seed", event_id],
        "exception": {"values": [crash]},
    }


def _frame(frame: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(frame, dict):
        return {"in_app": True, "lineno": 1, **frame}
    module = frame.removesuffix(".py").replace("/", ".")
    return {
        "filename": frame,
        "abs_path": f"/srv/app/{frame}",
        "module": module,
        "function": "handle",
        "lineno": 12,
        "in_app": True,
    }
