"""Journal: append-only; what was decided and what came of it, in sentences."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, or_, select

from vedette.model.issues import IssueKey
from vedette.model.journal import Entry, EntryKind, NewEntry
from vedette.store.tables import journal

_j = journal.c
_WRITE = journal.insert().returning(_j.id)
_OF_ISSUE = (
    select(journal)
    .where(_j.instance == bindparam("instance"), _j.issue == bindparam("issue"))
    .order_by(_j.id.desc())
    .limit(bindparam("rows"))
)


def write(tx: Connection, entry: NewEntry, *, now: datetime) -> int:
    """Append a line and return its number."""
    values = {
        "at": now,
        "kind": entry.kind.value,
        "reason": entry.reason,
        "sentence": entry.sentence,
        "instance": entry.issue.instance if entry.issue else None,
        "issue": entry.issue.id if entry.issue else None,
        "delivery": entry.delivery,
        "claim": entry.claim,
        "job": entry.job,
        "details": entry.details,
    }
    return int(tx.execute(_WRITE, values).scalar_one())


def of_issue(tx: Connection, issue: IssueKey, *, limit: int = 100) -> list[Entry]:
    """The newest lines about `issue`, newest first."""
    rows = tx.execute(_OF_ISSUE, {"instance": issue.instance, "issue": issue.id, "rows": limit})
    return [_entry(row) for row in rows]


def search(
    tx: Connection,
    *,
    text: str = "",
    kind: EntryKind | None = None,
    reason: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[Entry]:
    """Lines that contain `text` (any case, taken literally) in sentence, issue id or reason; newest first.

    `before`: only lines older than that number, for paging.
    """
    wanted: Select[Any] = select(journal).order_by(_j.id.desc()).limit(limit)
    if text:
        wanted = wanted.where(
            or_(*(column.icontains(text, autoescape=True) for column in (_j.sentence, _j.issue, _j.reason)))
        )
    if kind is not None:
        wanted = wanted.where(_j.kind == kind.value)
    if reason is not None:
        wanted = wanted.where(_j.reason == reason)
    if before is not None:
        wanted = wanted.where(_j.id < before)
    return [_entry(row) for row in tx.execute(wanted)]


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        kind=EntryKind(row.kind),
        reason=row.reason,
        sentence=row.sentence,
        issue=None if row.issue is None else IssueKey(row.instance, row.issue),
        delivery=row.delivery,
        claim=row.claim,
        job=row.job,
        details=row.details,
    )
