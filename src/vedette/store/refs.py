"""Refs: the last good copies of texts that live elsewhere (CODEOWNERS), so that an outage there is none here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from vedette.store.intake import compress, decompress
from vedette.store.tables import texts
from vedette.store.upserts import insert


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text, which revision of it (a commit, a digest), and when it was fetched."""

    name: str
    body: str
    revision: str
    fetched_at: datetime


_BY_NAME = select(texts).where(texts.c.name == bindparam("key"))


def put(tx: Connection, name: str, *, body: str, revision: str, now: datetime) -> None:
    """Keep this copy instead of the one before."""
    values = {"body": compress(body.encode("utf-8", "surrogateescape")), "revision": revision, "fetched_at": now}
    tx.execute(
        insert(tx, texts).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )


def get(tx: Connection, name: str) -> StoredText | None:
    """The copy kept under that name."""
    row = tx.execute(_BY_NAME, {"key": name}).one_or_none()
    return None if row is None else _text(row)


def beginning_with(tx: Connection, prefix: str) -> list[StoredText]:
    """Every copy whose name begins so, by name."""
    named = texts.c.name.startswith(prefix, autoescape=True)
    return [_text(row) for row in tx.execute(select(texts).where(named).order_by(texts.c.name))]


def _text(row: Row[Any]) -> StoredText:
    body = decompress(row.body).decode("utf-8", "surrogateescape")
    return StoredText(name=row.name, body=body, revision=row.revision, fetched_at=row.fetched_at)
