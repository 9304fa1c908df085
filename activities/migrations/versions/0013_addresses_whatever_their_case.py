"""E-mail addresses are found whatever their case"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.drop_index("ix_borrowers_email", "borrowers")
    op.create_index("borrowers_by_email", "borrowers", [sa.text("lower(email)")])
