"""Growth: claims keep what it is measured from, what was told of it, and the priority as we left it."""

import sqlalchemy as sa
from alembic import op

revision = "0009_growth"
down_revision = "0008_handshakes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Four columns; claims of before were measured by nothing yet."""
    op.add_column("claims", sa.Column("baselines", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("claims", sa.Column("grown", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("claims", sa.Column("priority", sa.Text()))
    op.add_column("claims", sa.Column("raising", sa.Text(), nullable=False, server_default=""))
