"""Receipts as they were told, a payment and a reversal of one id apart"""

import sqlalchemy as sa
from alembic import op

from activities.tables import UtcDateTime

revision = "0005"
down_revision = "0004"

KEPT = ("kind", "id", "payment", "reference", "loan", "at", "why", "matched_to", "matched_by", "matched_at")


def upgrade() -> None:
    """Bring the list to its present form, unless it has it: for some hours 0004 itself gave it that."""
    db = op.get_bind()
    if "fact" in {column["name"] for column in sa.inspect(db).get_columns("unmatched")}:
        return
    columns = [sa.column(name, UtcDateTime() if name in ("at", "matched_at") else None) for name in KEPT]
    old = sa.table("unmatched", *columns, sa.column("minor"), sa.column("currency"))
    rows = [row._mapping for row in db.execute(sa.select(old))]
    op.drop_table("unmatched")
    unmatched = op.create_table(
        "unmatched",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("payment", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("loan", sa.String()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("fact", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("matched_to", sa.String()),
        sa.Column("matched_by", sa.String()),
        sa.Column("matched_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["loan"], ["loans.id"]),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_index("ix_unmatched_payment", "unmatched", ["payment"])
    op.create_index("facts_by_id", "facts", ["id"])
    for row in rows:
        db.execute(unmatched.insert(), {name: row[name] for name in KEPT} | {"fact": told(row)})


def told(row: sa.RowMapping) -> dict[str, object]:
    """What came in, as a fact."""
    at, amount = row["at"].isoformat(), {"minor": row["minor"], "currency": row["currency"]}
    if row["kind"] == "payment":
        return {"kind": "payment_received", "id": row["payment"], "at": at, "amount": amount}
    return {
        "kind": "payment_reversed",
        "id": row["id"],
        "at": at,
        "payment": row["payment"],
        "amount": amount if row["minor"] is not None else None,
    }
