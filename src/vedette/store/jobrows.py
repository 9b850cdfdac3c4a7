"""Job rows: a job's columns, and a job from its row."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from vedette.model.issues import IssueKey
from vedette.model.jobs import Job, JobKind, JobState, NewJob


def columns(job: NewJob, *, now: datetime) -> dict[str, Any]:
    """The columns of a READY job that nobody tried yet."""
    return {
        "kind": job.kind.value,
        "state": JobState.READY.value,
        "destination": job.destination,
        "order_key": job.order_key,
        "unique_key": job.unique_key,
        "instance": job.issue.instance if job.issue else None,
        "issue": job.issue.id if job.issue else None,
        "claim": job.claim,
        "payload": job.payload,
        "run_at": job.run_at or now,
        "created_at": now,
        "attempt": 0,
        "reason": "",
        "detail": "",
        "finished_at": None,
        "lease_token": "",
        "lease_until": None,
    }


def job_of(row: Row[Any]) -> Job:
    """The job of a row of the whole table."""
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        state=JobState(row.state),
        destination=row.destination,
        order_key=row.order_key,
        issue=None if row.issue is None else IssueKey(row.instance, row.issue),
        claim=row.claim,
        payload=row.payload,
        run_at=row.run_at,
        created_at=row.created_at,
        attempt=row.attempt,
        reason=row.reason,
        detail=row.detail,
        finished_at=row.finished_at,
    )
