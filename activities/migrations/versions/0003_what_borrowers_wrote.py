"""What borrowers wrote"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "words",
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["loan"], ["loans.id"]),
        sa.PrimaryKeyConstraint("loan", "id"),
    )
