"""What Temporal has not taken, in the order it was told"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.drop_index("facts_untaken", "facts")
    op.create_index(
        "facts_untaken",
        "facts",
        ["seq"],
        postgresql_where=sa.text("taken IS false"),
        sqlite_where=sa.text("taken IS 0"),
    )
