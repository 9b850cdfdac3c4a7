"""Growth: what the ledger keeps of a ticket: its baselines, what it was told of, its priority as we left it.

Law: a multiple is taken once, whoever comes first; only who took it may tell of it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func

from vedette.model.issues import Baseline
from vedette.store import ledger
from vedette.store.tables import claims
from vedette.store.types import encode

_c = claims.c
_AT_ONCE = 500  # parameters of one statement


def measured(tx: Connection, claim_id: int, baselines: Sequence[Baseline]) -> None:
    """Keep these baselines beside those that are there; of one kind the first stays."""
    claim = ledger.get(tx, claim_id)
    if claim is None:
        return
    new = [each for each in baselines if not any(each.is_like(known) for known in claim.baselines)]
    if new:
        kept = encode((*claim.baselines, *new))
        tx.execute(claims.update().where(_c.id == claim_id).values(baselines=kept))


def unchanged(tx: Connection, claim_ids: Sequence[int], *, at: datetime) -> None:
    """The tracker, asked at that moment for what changed, did not name these tickets."""
    for start in range(0, len(claim_ids), _AT_ONCE):
        of_these = _c.id.in_(claim_ids[start : start + _AT_ONCE])
        tx.execute(claims.update().where(of_these).values(unchanged_at=at))


def grown(tx: Connection, claim_id: int, *, step: int) -> bool:
    """Take the multiple for the ticket, once for ever; False where it, or a higher one, was taken before."""
    return tx.execute(claims.update().where(_c.id == claim_id, _c.grown < step).values(grown=step)).rowcount == 1


def raising(tx: Connection, claim_id: int, *, priority: str, born_with: str) -> None:
    """The priority is about to be set: should its answer be lost, it is known as ours and not as a person's."""
    tx.execute(
        claims.update()
        .where(_c.id == claim_id)
        .values(raising=priority, priority=func.coalesce(_c.priority, born_with))
    )


def prioritised(tx: Connection, claim_id: int, *, priority: str) -> None:
    """The ticket has this priority now, and no other is being set."""
    tx.execute(claims.update().where(_c.id == claim_id).values(priority=priority, raising=""))
