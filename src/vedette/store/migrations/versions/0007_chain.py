"""Chain: a claim may stand for one event, and knows the ticket before it, the first of all and its Sentry project."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007_chain"
down_revision = "0006_places"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LIVE = "state IN ('claimed', 'creating', 'open', 'uncertain')"
# Until now a claim followed the one before it in number; one that was refused left no ticket to follow.
_BEFORE = (
    "SELECT earlier.id FROM claims AS earlier WHERE earlier.instance = claims.instance AND earlier.issue = claims.issue"
    " AND earlier.track = claims.track AND earlier.generation < claims.generation AND earlier.state <> 'dropped'"
    " ORDER BY earlier.generation {order} LIMIT 1"
)


def upgrade() -> None:
    """New columns, filled for the rows that stand; one live claim per event, where it stands for one."""
    op.add_column("claims", sa.Column("event", sa.Text(), nullable=False, server_default=""))
    op.add_column("claims", sa.Column("event_at", sa.BigInteger(), nullable=True))
    op.add_column("claims", sa.Column("sentry_project", sa.Text(), nullable=False, server_default=""))
    op.add_column("claims", sa.Column("previous", NUMBER, nullable=True))
    op.add_column("claims", sa.Column("root", NUMBER, nullable=True))
    previous, root = _BEFORE.format(order="DESC"), _BEFORE.format(order="ASC")
    op.execute(f"UPDATE claims SET previous = ({previous}), root = ({root}) WHERE generation > 1")  # noqa: S608
    op.drop_index("claims_one_live", table_name="claims")
    _unique("claims_one_live", _LIVE)
    _unique("claims_one_per_event", "event <> '' AND state <> 'dropped'")
    op.create_index("aliases_of_target", "aliases", ["target_instance", "target_issue"], unique=False)


def _unique(name: str, condition: str) -> None:
    where: dict[str, Any] = {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
    op.create_index(name, "claims", ["instance", "issue", "track", "event"], unique=True, **where)
