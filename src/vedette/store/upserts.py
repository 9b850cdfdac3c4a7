"""Upserts: INSERT ... ON CONFLICT in the words of whichever database a transaction speaks to."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(tx: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT; SQLAlchemy has one per dialect and none in common."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def unless_there(table: Table, *returning: Any) -> dict[str, Any]:
    """Per dialect, an INSERT that does nothing where the row exists; built once, so that it is compiled once."""
    made = {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
    }
    return {name: statement.returning(*returning) if returning else statement for name, statement in made.items()}
