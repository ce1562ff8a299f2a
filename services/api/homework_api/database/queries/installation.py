"""SQL of the installation's identity."""

from uuid import UUID

from sqlalchemy import Connection, select

from homework_api.database.models import INSTALLATION


def read_installation(connection: Connection) -> UUID:
    """The id that the migrations gave this database."""
    return UUID(connection.execute(select(INSTALLATION.c.id)).scalar_one())
