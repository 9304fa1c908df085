"""Brings a ledger's tables up to date: run whenever one is opened, by however many processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

ONE_AT_A_TIME = 1_742_001
"""Key of the lock under which PostgreSQL migrates; SQLite lets one writer in anyway."""


def upgrade(connection: Connection, to: str = "head") -> None:
    """Migrate within the transaction of this connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
