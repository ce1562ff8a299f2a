"""The audit log, for operators."""

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.models import AUDIT_LOG
from homework_api.database.queries.audit import AuditRecord, page_entries
from homework_api.database.queries.counts import count_rows
from homework_api.schemas.audit import AuditEntryResponse
from homework_api.schemas.paging import Page


class AuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, page: Page) -> tuple[list[AuditEntryResponse], int]:
        """A page of entries, newest first, and the number of entries on all pages."""

        def read(connection: Connection) -> tuple[list[AuditRecord], int]:
            return page_entries(connection, page), count_rows(connection, AUDIT_LOG)

        found, total = await self._database.read(read)
        return [AuditEntryResponse.model_validate(one) for one in found], total
