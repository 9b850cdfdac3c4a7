"""Listings of the queue, for pages, commands and metrics; they change nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.sql import case, or_

from vedette.model.issues import IssueKey
from vedette.model.jobs import Job, JobState
from vedette.store.jobrows import job_of
from vedette.store.tables import DEAD, LIVE_JOB, READY, jobs

WAITING = "waiting"  # READY, but its time has not come: snoozed, or to be tried again later

_j = jobs.c
_BY_ID = select(jobs).where(_j.id == bindparam("row"))
_OLDEST = select(func.min(_j.run_at)).where(READY, _j.run_at <= bindparam("now", type_=_j.run_at.type))


class DepthKey(NamedTuple):
    """What a depth is counted by; `state` is ready, waiting, leased or dead."""

    kind: str
    state: str
    destination: str


def get(tx: Connection, job_id: int) -> Job | None:
    """The job, whatever its state."""
    row = tx.execute(_BY_ID, {"row": job_id}).one_or_none()
    return None if row is None else job_of(row)


def listing(
    tx: Connection,
    *,
    state: JobState | None = None,
    destination: str | None = None,
    issue: IssueKey | None = None,
    limit: int,
    before: int | None = None,
) -> list[Job]:
    """Jobs, newest first; `before`: only those with a smaller number, for paging."""
    wanted = select(jobs).order_by(_j.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(_j.state == state.value)
    if destination is not None:
        wanted = wanted.where(_j.destination == destination)
    if issue is not None:
        wanted = wanted.where(_j.instance == issue.instance, _j.issue == issue.id)
    if before is not None:
        wanted = wanted.where(_j.id < before)
    return [job_of(row) for row in tx.execute(wanted)]


def depth(tx: Connection, now: datetime) -> Mapping[DepthKey, int]:
    """How many jobs there are of each kind, state and destination, those that are over left out."""
    later = (_j.state == JobState.READY.value) & (_j.run_at > now)
    state = case((later, WAITING), else_=_j.state).label("state")
    counted = (
        select(_j.kind, state, _j.destination, func.count().label("jobs"))
        .where(or_(LIVE_JOB, DEAD))
        .group_by(_j.kind, state, _j.destination)
    )
    return {DepthKey(row.kind, row.state, row.destination): row.jobs for row in tx.execute(counted)}


def oldest_ready(tx: Connection, now: datetime) -> timedelta | None:
    """How long the job that could run longest ago has waited; None when none could."""
    first = tx.execute(_OLDEST, {"now": now}).scalar()
    return None if first is None else now - first
