"""Migrations: brings the tables up to date, once, however many processes start together.

Law: a store that a newer Vedette wrote is refused, never guessed at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from vedette.store import locks
from vedette.store.failures import StoreRefused

_FOLDER = Path(__file__).parent / "migrations"
# Any number of ours, the same in every replica: "vedette" as ASCII, cut to what an advisory lock takes.
_ADVISORY_LOCK = 0x76656465747465


def revisions() -> list[str]:
    """Every revision, oldest first: the names of the files, so that asking costs no import of Alembic."""
    return sorted(file.stem for file in (_FOLDER / "versions").glob("[0-9]*.py"))


def revision(tx: Connection) -> str | None:
    """The revision of the tables, None for an empty store."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar()


def at_head(tx: Connection) -> bool:
    """Whether the tables are those that this Vedette expects."""
    return revision(tx) == revisions()[-1]


def bring_up(engine: Engine, *, looking: Engine) -> None:
    """Create or upgrade the tables in one transaction; raises StoreRefused for a store that is newer than we are."""
    with looking.connect() as look:  # an up-to-date store is opened without waiting for those who write
        if _current(look):
            return
    with _alone(engine), engine.begin() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
        if not _current(tx):  # a replica may have done it while we waited
            upgrade(tx)


def check(engine: Engine) -> None:
    """Raise StoreRefused unless the tables are up to date."""
    with engine.connect() as look:
        if not _current(look):
            raise StoreRefused(
                f"the store is at revision {revision(look) or 'none'}, this Vedette needs {revisions()[-1]}; "
                "start `vedette serve` once, or any command that may migrate"
            )


def _current(tx: Connection) -> bool:
    found, known = revision(tx), revisions()
    if found is not None and found not in known:
        raise StoreRefused(
            f"the store is at revision {found}, which this Vedette does not know (newest: {known[-1]}); "
            "install the version that wrote it, or restore a backup of before"
        )
    return found == known[-1]


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    # SQLite: BEGIN IMMEDIATE excludes others already; the file lock makes them wait longer than busy_timeout would.
    if engine.dialect.name != "sqlite":
        yield
        return
    with locks.migrate_lock(Path(engine.url.database or "")):
        yield


def upgrade(tx: Connection, *, to: str = "head") -> None:
    """Run the migrations up to that revision inside the open transaction."""
    from alembic import command  # noqa: PLC0415 - 0.1 s and 10 MB that a store at head need not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = tx
    command.upgrade(config, to)
