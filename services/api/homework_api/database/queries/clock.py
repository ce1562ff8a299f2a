"""SQL of the database server's clock."""

from datetime import datetime

from sqlalchemy import Connection, text


def read_time(connection: Connection) -> datetime | None:
    """The database server's time. None on SQLite, which has only this machine's clock."""
    if connection.dialect.name != "postgresql":
        return None
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now
