"""Known: what lists and look-ups told of issues, kept since it changes slowly; and outcomes by project and hour."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from vedette.model.issues import IssueKey
from vedette.model.metrics import Fresh, OutcomeHour
from vedette.store.monitortables import known_issues, outcome_hours
from vedette.store.upserts import insert

_k, _o = known_issues.c, outcome_hours.c
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """An issue as it was last asked about; `owned_at`: when its owner was looked for, None = never."""

    fresh: Fresh
    asked_at: datetime
    owner: str = ""
    owned_at: datetime | None = None


def issues(tx: Connection, instance: str, numbers: Collection[str]) -> dict[str, Known]:
    """What is known of these issues, by number."""
    wanted = sorted(numbers)
    found: dict[str, Known] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        some = select(known_issues).where(_k.instance == instance, _k.issue.in_(wanted[at : at + _AT_ONCE]))
        found |= {row.issue: _known(row) for row in tx.execute(some)}
    return found


def note(tx: Connection, told: Iterable[Fresh], *, now: datetime) -> None:
    """Keep what a list told; an owner that is known stays."""
    for each in told:
        values = {
            "instance": each.key.instance,
            "issue": each.key.id,
            "short_id": each.short_id,
            "title": each.title,
            "project": each.project,
            "permalink": each.permalink,
            "first_seen": each.first_seen,
            "substatus": each.substatus,
            "asked_at": now,
        }
        new = insert(tx, known_issues).values(values | {"owner": "", "owned_at": None})
        changed = {name: new.excluded[name] for name in values if name not in ("instance", "issue")}
        tx.execute(new.on_conflict_do_update(index_elements=["instance", "issue"], set_=changed))


def note_owner(tx: Connection, key: IssueKey, owner: str, *, now: datetime) -> None:
    """Keep who owns the issue ("" = nobody), where the issue is known."""
    same = (_k.instance == key.instance, _k.issue == key.id)
    tx.execute(known_issues.update().where(*same).values(owner=owner, owned_at=now))


def note_outcomes(tx: Connection, hours: Iterable[OutcomeHour]) -> None:
    """Keep the newest figures of each project, hour, outcome and reason."""
    for each in hours:
        new = insert(tx, outcome_hours).values(
            instance=each.instance,
            hour=each.hour,
            project=each.project,
            outcome=each.outcome,
            reason=each.reason,
            quantity=each.quantity,
        )
        same = ["instance", "hour", "project", "outcome", "reason"]
        tx.execute(new.on_conflict_do_update(index_elements=same, set_={"quantity": new.excluded.quantity}))


def outcomes(tx: Connection, *, since: datetime, until: datetime, instance: str = "") -> list[OutcomeHour]:
    """Outcomes of hours in [since, until), oldest first, of one instance or of all."""
    wanted = select(outcome_hours).where(_o.hour >= since, _o.hour < until)
    if instance:
        wanted = wanted.where(_o.instance == instance)
    ordered = wanted.order_by(_o.hour, _o.instance, _o.project, _o.outcome, _o.reason)
    return [
        OutcomeHour(row.instance, row.project, row.hour, row.outcome, row.reason, row.quantity)
        for row in tx.execute(ordered)
    ]


def forget(tx: Connection, *, before: datetime, limit: int) -> int:
    """Delete issues that were not asked about since then, and outcomes of hours before; how many issues."""
    old = select(_k.asked_at).where(_k.asked_at < before).order_by(_k.asked_at).limit(limit)
    asked_at = list(tx.execute(old).scalars())
    tx.execute(outcome_hours.delete().where(_o.hour < before))
    return tx.execute(known_issues.delete().where(_k.asked_at <= asked_at[-1])).rowcount if asked_at else 0


def _known(row: Row[Any]) -> Known:
    fresh = Fresh(
        IssueKey(row.instance, row.issue),
        row.short_id,
        row.title,
        row.project,
        row.permalink,
        first_seen=row.first_seen,
        substatus=row.substatus,
    )
    return Known(fresh, row.asked_at, row.owner, row.owned_at)
