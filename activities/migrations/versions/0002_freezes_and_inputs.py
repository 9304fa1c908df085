"""Freezes, and what a rule looked at when it forbade a contact"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("withheld", sa.Column("inputs", sa.JSON(), nullable=True))
    op.create_table(
        "freezes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("spread", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("thawed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
