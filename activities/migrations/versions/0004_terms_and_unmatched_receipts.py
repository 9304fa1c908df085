"""Terms of loans, and receipts that belong to no open journey"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("loans", sa.Column("terms", sa.JSON()))
    op.create_table(
        "unmatched",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("payment", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("loan", sa.String()),
        sa.Column("minor", sa.BigInteger()),
        sa.Column("currency", sa.String()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("matched_to", sa.String()),
        sa.Column("matched_by", sa.String()),
        sa.Column("matched_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["loan"], ["loans.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
