"""Pushing: the points of one window to one sink; whatever goes wrong, the ladder has the same points sent again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from vedette.flows.context import Context, log
from vedette.flows.counting import with_projects
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.metrics import Point
from vedette.ports.http import Fence
from vedette.store import journal, queue, windows
from vedette.store.database import Tx


def push(context: Context, lease: Lease, fence: Fence) -> str:
    """Send the job's points as they are kept now, under the revisions that they were told by."""
    name = str(lease.job.payload["sink"])
    sink = context.sinks.get(name)
    if sink is None:
        return _finish(context, lease, "no_such_sink", ())
    points = with_projects(context, context.store.read(lambda tx: points_of(tx, lease)))
    left_out = sink.push(points, fence=fence) if points else ()
    log.info("pushed", sink=name, points=len(points), left_out=len(left_out))
    return _finish(context, lease, "pushed", left_out)


def points_of(tx: Tx, lease: Lease) -> list[Point]:
    """The points that the job speaks of, by filter; one that retention has forgotten is left out.

    A job that comes late tells the newest count: it is no less true, and the next job tells it again as its own.
    """
    payload = lease.job.payload
    start = datetime.fromisoformat(str(payload["start"]))
    found = [
        (windows.get(tx, str(payload["instance"]), name, start), int(revision))
        for name, revision in sorted(payload["revisions"].items())
    ]
    return [replace(point, revision=revision) for point, revision in found if point is not None]


def _finish(context: Context, lease: Lease, reason: str, left_out: Sequence[str]) -> str:
    def work(tx: Tx) -> None:
        now = context.clock()
        queue.done(tx, lease, now=now, reason=reason)
        if left_out or reason != "pushed":
            words = "; ".join(left_out) or "the settings have no such sink any more"
            sentence = f"{lease.job.payload['sink']} at {lease.job.payload['start']}: {words}"
            journal.write(tx, NewEntry(EntryKind.OUTCOME, reason, sentence, job=lease.job.id), now=now)

    context.store.write(work)
    return reason
