"""Archive: what a backup says of itself, and the order in which tables can be filled."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, inspect, select

from vedette.store.failures import StoreRefused
from vedette.store.tables import counters, destinations, metadata, schedules, texts

MANIFEST = "manifest.json"
# What a `vedette serve` that has only just been started writes; a restore replaces it.
_OF_A_START = (destinations, schedules, counters, texts)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive holds; `columns` keep their order where tables are stored one by one."""

    engine: str
    revision: str
    vedette: str
    taken_at: str
    rows: dict[str, int]
    columns: dict[str, list[str]]


def present(tx: Connection) -> list[Table]:
    """Our tables that this database has, those that others refer to first; an older revision may lack some."""
    there = set(inspect(tx).get_table_names())
    return [table for table in metadata.sorted_tables if table.name in there]


def count(tx: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {table.name: tx.execute(select(func.count()).select_from(table)).scalar_one() for table in present(tx)}


def refuse_unless_empty(tx: Connection, where: str) -> None:
    """Raise StoreRefused when the store remembers anything that a restore would mix with."""
    kept = {table.name for table in _OF_A_START}
    for table in present(tx):
        if table.name not in kept and tx.execute(select(func.count()).select_from(table)).scalar_one():
            raise StoreRefused(f"{where} is not empty ({table.name} has rows); restore into a new one")


def forget_the_start(tx: Connection) -> None:
    """Delete what only a first start wrote."""
    for table in set(_OF_A_START).intersection(present(tx)):
        tx.execute(table.delete())
