"""Loan files on their way in"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "intakes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "intake_lines",
        sa.Column("intake", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("says", sa.JSON()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("lent_until", UtcDateTime()),
        sa.ForeignKeyConstraint(["intake"], ["intakes.id"]),
        sa.PrimaryKeyConstraint("intake", "number"),
    )
    op.create_index("intake_lines_by_state", "intake_lines", ["intake", "state", "number"])
