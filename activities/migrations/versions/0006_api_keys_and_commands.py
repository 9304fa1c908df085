"""API keys, and the commands that were given with them"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "commands",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("idempotency", sa.String()),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.JSON()),
        sa.ForeignKeyConstraint(["key"], ["api_keys.id"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("key", "idempotency"),
    )
    op.create_index("ix_commands_loan", "commands", ["loan"])
