"""The id of this installation, which marks its jobs and results (docs/adr/0033)."""

from uuid import UUID

from homework_api.database.engine import Database
from homework_api.database.queries.installation import read_installation


class Installation:
    """The id of the installation, which is read from the database once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._id: UUID | None = None

    async def id(self) -> UUID:
        """The id. Raises DatabaseUnavailable."""
        if self._id is None:
            self._id = await self._database.read(read_installation)
        return self._id
