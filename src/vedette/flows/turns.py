"""Turns: the job of a recurring duty, enqueued when its slot has come, by one replica."""

from datetime import timedelta

from vedette.flows.context import Context
from vedette.model.jobs import NewJob
from vedette.store import queue, schedules
from vedette.store.database import Tx


def enqueue_in_turn(context: Context, job: NewJob, *, every: timedelta) -> None:
    """Enqueue it in each slot of that length; its unique key is the schedule's name."""

    def work(tx: Tx) -> None:
        now = context.clock()
        if schedules.due(tx, job.unique_key, every=every, now=now) is not None:
            queue.enqueue(tx, job, now=now)

    context.store.write(work)
