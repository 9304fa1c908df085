"""What became of contacts, whose a number is, and messages of nobody we know"""

import sqlalchemy as sa
from alembic import op

from activities.phones import e164
from activities.tables import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("delivery", sa.String()))
    op.create_index("ix_contacts_provider_id", "contacts", ["provider_id"])
    op.add_column("borrowers", sa.Column("number", sa.String()))
    op.create_index("ix_borrowers_number", "borrowers", ["number"])
    op.create_index("ix_borrowers_email", "borrowers", ["email"])
    op.create_table(
        "strays",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _number(op.get_bind())


def _number(db: sa.Connection) -> None:
    """What is stored as people write it, as providers say it."""
    borrowers = sa.table(
        "borrowers",
        *(sa.column(name, sa.String()) for name in ("id", "phone", "number")),
        sa.column("jurisdictions", sa.JSON()),
    )
    known = sa.select(borrowers.c.id, borrowers.c.phone, borrowers.c.jurisdictions)
    numbers = [
        {"who": row.id, "as_said": number}
        for row in db.execute(known.where(borrowers.c.phone.is_not(None))).all()
        if (number := e164(row.phone, row.jurisdictions))
    ]
    if numbers:
        whose = borrowers.c.id == sa.bindparam("who")
        db.execute(sa.update(borrowers).where(whose).values(number=sa.bindparam("as_said")), numbers)
