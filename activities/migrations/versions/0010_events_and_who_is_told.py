"""Events, and who is told of them"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0010"
down_revision = "0009"

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _Number, autoincrement=True),
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["loan"], ["loans.id"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("loan", "id"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("event", _Number, nullable=False),
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("why", sa.Text()),
        sa.ForeignKeyConstraint(["subscription"], ["subscriptions.id"]),
        sa.ForeignKeyConstraint(["event"], ["events.seq"]),
        sa.PrimaryKeyConstraint("subscription", "event"),
    )
    op.create_index("deliveries_in_line", "deliveries", ["state", "subscription", "loan", "event"])
