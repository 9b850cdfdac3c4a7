"""Places: where each attempt was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0006_places"
down_revision = "0005_flood"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Claims of before have none: they were sent to their route's own project."""
    op.add_column("claims", sa.Column("place", sa.Text(), nullable=True))
