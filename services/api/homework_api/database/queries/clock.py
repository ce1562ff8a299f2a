"""SQL of the time."""

from datetime import datetime

from sqlalchemy import Connection, text


def read_time(connection: Connection) -> datetime | None:
    """The database server's time. None on SQLite, which has no clock but this machine's."""
    if connection.dialect.name != "postgresql":
        return None
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now
