"""Notify: alarms keep the notifiers that their cause names."""

import sqlalchemy as sa
from alembic import op

revision = "0012_notify"
down_revision = "0011_windows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; causes of before name none, so that their owner's or the operators' are told as ever."""
    op.add_column("alarms", sa.Column("notify", sa.Text(), nullable=False, server_default="[]"))
