"""What payment processors reported"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("done_by", sa.String()),
        sa.Column("done_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("source", "id"),
    )
    op.create_index("arrivals_set_aside", "arrivals", ["state"])
