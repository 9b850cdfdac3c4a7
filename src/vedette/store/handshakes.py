"""Handshakes: the secrets that trackers chose for their webhooks, sealed; the newest of each tracker are kept.

Law: a secret lies here only under the token of the path that it came by, which the settings know and the store does
not.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from vedette.store.tables import handshakes

# A webhook per project, some of them made anew.
KEPT = 200

_h = handshakes.c


def keep(tx: Connection, tracker: str, sealed: bytes, *, now: datetime) -> None:
    """Keep one more, and let go of the oldest beyond KEPT."""
    tx.execute(handshakes.insert().values(tracker=tracker, sealed=sealed, created_at=now))
    newest = select(_h.id).where(_h.tracker == tracker).order_by(_h.id.desc()).limit(KEPT)
    ids = list(tx.execute(newest).scalars())
    tx.execute(handshakes.delete().where(_h.tracker == tracker, _h.id < ids[-1]))


def of(tx: Connection, tracker: str) -> list[bytes]:
    """Those of a tracker, the newest first."""
    return list(tx.execute(select(_h.sealed).where(_h.tracker == tracker).order_by(_h.id.desc())).scalars())
