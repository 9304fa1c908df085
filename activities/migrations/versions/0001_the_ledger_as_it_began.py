"""The ledger as it began"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "borrowers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("zones", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("jurisdictions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "loans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("borrower", sa.String(), nullable=False),
        sa.Column("instalments", sa.JSON(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower"],
            ["borrowers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_loans_borrower"), "loans", ["borrower"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("borrower", sa.String(), nullable=False),
        sa.Column("touch", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("say", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower"],
            ["borrowers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["loan"],
            ["loans.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contacts_of_borrower", "contacts", ["borrower", "at"], unique=False)
    op.create_index(op.f("ix_contacts_loan"), "contacts", ["loan"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["loan"],
            ["loans.id"],
        ),
        sa.PrimaryKeyConstraint("loan", "number"),
    )
    op.create_table(
        "facts",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("taken", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["loan"],
            ["loans.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("loan", "id"),
    )
    op.create_index("facts_untaken", "facts", ["taken"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("borrower", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("deadline", UtcDateTime(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("reported_by", sa.String(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower"],
            ["borrowers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["loan"],
            ["loans.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_tasks_loan"), "tasks", ["loan"], unique=False)
    op.create_index("tasks_of_owner", "tasks", ["owner", "state"], unique=False)
    op.create_table(
        "withheld",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("loan", sa.String(), nullable=False),
        sa.Column("borrower", sa.String(), nullable=False),
        sa.Column("touch", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower"],
            ["borrowers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["loan"],
            ["loans.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("contact", "at"),
    )
    op.create_index(op.f("ix_withheld_loan"), "withheld", ["loan"], unique=False)
