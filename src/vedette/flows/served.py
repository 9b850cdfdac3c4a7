"""Served: what became of a window's points at every sink, waited for as long as a first try is under way."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from vedette.flows.context import Context, sink_destination
from vedette.model.jobs import Job, JobState
from vedette.model.metrics import Window
from vedette.store import limits, queue
from vedette.store.database import Tx

_LOOK_S = 0.05
_JOBS = 500


class SinkOutcome(StrEnum):
    """What became of a window's points at a sink."""

    SENT = "sent"
    NOTHING_NEW = "nothing_new"  # it has them already, or takes none of these filters
    WAITING = "waiting"  # it was not reached yet; the job goes on by itself
    DEAD = "dead"  # it refused them: a dead letter
    WOULD_SEND = "would_send"  # a debug run


_OUTCOMES = {
    JobState.DONE: SinkOutcome.SENT,
    JobState.DEAD: SinkOutcome.DEAD,
    JobState.DROPPED: SinkOutcome.DEAD,
    JobState.READY: SinkOutcome.WAITING,
    JobState.LEASED: SinkOutcome.WAITING,
}
_WORST_LAST = (SinkOutcome.SENT, SinkOutcome.WAITING, SinkOutcome.DEAD)


@dataclass(frozen=True, slots=True)
class SinkReport:
    """One sink; `bodies` are what a debug run would have sent."""

    sink: str
    outcome: SinkOutcome
    points: int = 0
    detail: str = ""
    bodies: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Standing:
    """A sink's jobs of the window, the newest of each instance; `obstacle`: why none of them will be tried soon."""

    jobs: tuple[Job, ...]
    obstacle: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be waited for."""
        return not any(self._is_under_way(job) for job in self.jobs)

    def _is_under_way(self, job: Job) -> bool:
        """Whether its first try is to come soon, or under way; what has failed once may take its time."""
        if job.state is JobState.LEASED:
            return job.attempt == 0
        return job.state is JobState.READY and self.obstacle is None


def served(
    context: Context,
    window: Window,
    names: Collection[str] | None,
    *,
    patience: timedelta,
    meanwhile: Callable[[], bool] | None,
) -> tuple[SinkReport, ...]:
    """What became of the window's points at every sink, once no first try is under way or patience ends.

    `meanwhile` does one job, where nobody else works the queue off, and says whether there was one.
    """
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        standing = {name: _look(context, name, window, names) for name in context.sinks}
        if all(each.is_over for each in standing.values()) or time.monotonic() > deadline:
            return tuple(_report(name, each) for name, each in standing.items())
        if meanwhile is None or not meanwhile():
            time.sleep(_LOOK_S)


def _look(context: Context, sink: str, window: Window, names: Collection[str] | None) -> _Standing:
    now = context.clock()
    return context.store.read(lambda tx: _standing(tx, sink, window, names, now=now))


def _standing(tx: Tx, sink: str, window: Window, names: Collection[str] | None, *, now: datetime) -> _Standing:
    destination, start = sink_destination(sink), window.start.isoformat()
    found = queue.listing(tx, destination=destination, limit=_JOBS)
    newest: dict[str, Job] = {}
    for job in sorted(found, key=lambda job: job.id):
        if job.payload["start"] == start and (names is None or set(job.payload["revisions"]) & set(names)):
            newest[str(job.payload["instance"])] = job
    return _Standing(tuple(newest.values()), _obstacle(tx, destination, found, now=now))


def _obstacle(tx: Tx, destination: str, jobs: Sequence[Job], *, now: datetime) -> str | None:
    """Why the sink's jobs are not tried now, in words: it is paused or let alone, or an earlier job has failed."""
    state = next((each for each in limits.states(tx) if each.name == destination), None)
    if state is not None and state.paused_at is not None:
        return state.paused_reason or "it is paused"
    # Those of one instance leave in their order, so that one that has failed holds back what comes after it.
    failed = [job for job in jobs if job.state is JobState.READY and (job.attempt or job.reason) and job.run_at > now]
    if failed:
        return failed[0].detail or failed[0].reason
    left_alone = state is not None and state.open_until is not None and state.open_until > now
    return "it did not answer, and is let alone for a moment" if left_alone else None


def _report(name: str, standing: _Standing) -> SinkReport:
    jobs = standing.jobs
    if not jobs:
        return SinkReport(name, SinkOutcome.NOTHING_NEW)
    outcome = max((_OUTCOMES[job.state] for job in jobs), key=_WORST_LAST.index)
    points = sum(len(job.payload["revisions"]) for job in jobs)
    words = [job.detail for job in jobs if _OUTCOMES[job.state] is outcome and job.detail]
    if outcome is SinkOutcome.WAITING and not words:
        words = [standing.obstacle or "nobody has done its job yet: is there a `vedette serve` or `vedette work`?"]
    return SinkReport(name, outcome, points, "; ".join(dict.fromkeys(words)))
