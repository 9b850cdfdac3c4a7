"""Dead letters: jobs that only a person brings back, grouped by what killed them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from vedette.model.jobs import JobState
from vedette.rules.causes import DeadCause
from vedette.store.tables import DEAD, READY, claims, jobs
from vedette.store.waking import mark

_j = jobs.c
_ISSUES_NAMED = 5
_MOST = 10_000  # letters looked at for grouping: a page of groups must not read a flood into memory
_PARTS_THAT_DIFFER = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "…"),
    (re.compile(r"\b(?=\w*\d)[0-9a-f]{12,}\b", re.IGNORECASE), "…"),
    (re.compile(r"\d+"), "…"),
)


@dataclass(frozen=True, slots=True)
class DeadGroup:
    """Dead letters with one cause; `ids` oldest first."""

    reason: str
    destination: str
    detail_pattern: str  # the vendor's words, with … for what differs
    count: int
    oldest: datetime
    newest: datetime
    ids: tuple[int, ...]


def dead_groups(tx: Connection) -> list[DeadGroup]:
    """The dead letters, grouped; the largest group first."""
    rows = tx.execute(
        select(_j.id, _j.reason, _j.destination, _j.detail, _j.finished_at, _j.created_at)
        .where(DEAD)
        .order_by(_j.id)
        .limit(_MOST)
    )
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        groups.setdefault((row.reason, row.destination, pattern_of(row.detail)), []).append(row)
    return sorted((_group(key, found) for key, found in groups.items()), key=lambda group: -group.count)


def dead_causes(tx: Connection) -> list[DeadCause]:
    """The dead letters, grouped likewise, with the owners of the issues that they are about."""
    rows = tx.execute(
        select(_j.reason, _j.destination, _j.detail, _j.finished_at, _j.created_at, _j.issue, claims.c.owner)
        .select_from(jobs.outerjoin(claims, claims.c.id == _j.claim))
        .where(DEAD)
        .order_by(_j.id)
        .limit(_MOST)
    )
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        groups.setdefault((row.reason, row.destination, pattern_of(row.detail)), []).append(row)
    return [_cause(key, found) for key, found in groups.items()]


def waiting(tx: Connection, destination: str) -> tuple[str, dict[str, int]]:
    """Of the jobs that wait for a destination: the newest words, and how many are about issues of each owner."""
    rows = tx.execute(
        select(_j.detail, claims.c.owner)
        .select_from(jobs.outerjoin(claims, claims.c.id == _j.claim))
        .where(READY, _j.destination == destination)
        .order_by(_j.id.desc())
        .limit(_MOST)
    ).all()
    said = next((row.detail for row in rows if row.detail), "")
    return said, dict(Counter(row.owner for row in rows if row.owner))


def retry_dead(tx: Connection, ids: Sequence[int], *, now: datetime) -> int:
    """Bring dead letters back, their attempts forgotten; how many there were. The journal's line is the caller's."""
    wanted = (
        jobs.update()
        .where(_j.id.in_(list(ids)), DEAD)
        .values(state=JobState.READY.value, attempt=0, run_at=now, finished_at=None, reason="", detail="")
    )
    mark(tx)
    return tx.execute(wanted).rowcount


def supersede(tx: Connection, job: int, *, now: datetime) -> int:
    """Let go of the dead letters that asked for the same as this one, by their unique key; how many there were."""
    key = select(_j.unique_key).where(_j.id == job).scalar_subquery()
    alike = jobs.update().where(DEAD, _j.unique_key != "", _j.unique_key == key, _j.id != job)
    gone = {"state": JobState.DROPPED.value, "reason": "superseded", "finished_at": now}
    return tx.execute(alike.values(gone)).rowcount


def drop(tx: Connection, ids: Sequence[int], *, now: datetime) -> int:
    """Let go of dead letters, or of jobs that wait; how many there were. What is under way is left alone."""
    loose = _j.state.in_([JobState.DEAD.value, JobState.READY.value])
    wanted = jobs.update().where(_j.id.in_(list(ids)), loose).values(state=JobState.DROPPED.value, finished_at=now)
    mark(tx)  # what waited behind it may run
    return tx.execute(wanted).rowcount


def pattern_of(detail: str) -> str:
    """The words without the numbers and identifiers that make each letter look like a cause of its own."""
    for part, stand_in in _PARTS_THAT_DIFFER:
        detail = part.sub(stand_in, detail)
    return detail[:300]


def _cause(key: tuple[str, str, str], rows: Sequence[Any]) -> DeadCause:
    reason, destination, pattern = key
    moments: Iterable[datetime] = [row.finished_at or row.created_at for row in rows]
    issues = dict.fromkeys(row.issue for row in rows if row.issue)
    return DeadCause(
        reason=reason,
        destination=destination,
        pattern=pattern,
        detail=rows[-1].detail,
        count=len(rows),
        oldest=min(moments),
        issues=tuple(issues)[:_ISSUES_NAMED],
        owners=Counter(row.owner for row in rows if row.owner),
    )


def _group(key: tuple[str, str, str], rows: Sequence[Any]) -> DeadGroup:
    reason, destination, pattern = key
    moments: Iterable[datetime] = [row.finished_at or row.created_at for row in rows]
    return DeadGroup(
        reason=reason,
        destination=destination,
        detail_pattern=pattern,
        count=len(rows),
        oldest=min(moments),
        newest=max(moments),
        ids=tuple(row.id for row in rows),
    )
