"""Links to the borrower's page, who tried to open it, and what may be asked of them"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("borrowers", sa.Column("birth_year", sa.Integer()))
    op.create_table(
        "links",
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["contact"], ["contacts.id"]),
        sa.PrimaryKeyConstraint("contact"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "confirmations",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("borrower", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["borrower"], ["borrowers.id"]),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_confirmations_borrower", "confirmations", ["borrower"])
