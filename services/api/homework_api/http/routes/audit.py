"""The operators' route for the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from homework_api.domain.access import Scope
from homework_api.http.dependencies import (
    COUNTED,
    LIMIT_MEANING,
    MAX_PAGE,
    OFFSET_MEANING,
    TOTAL_COUNT,
    UNAUTHORIZED,
    BeforeId,
    ServicesDep,
    needs,
)
from homework_api.schemas.audit import AuditEntryResponse
from homework_api.schemas.fields import MAX_NUMBER
from homework_api.schemas.paging import Page

router = APIRouter(
    prefix="/api/ops/audit", tags=["operators"], dependencies=[needs(Scope.OPS)], responses=UNAUTHORIZED
)


async def _page(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description=LIMIT_MEANING)] = 100,
    offset: Annotated[int, Query(ge=0, le=MAX_NUMBER, description=OFFSET_MEANING)] = 0,
    before_id: BeforeId = None,
) -> Page:
    return Page(limit, offset, before_id)


@router.get("", summary="List the audit log, newest first", responses=COUNTED)
async def list_audit_entries(
    services: ServicesDep, page: Annotated[Page, Depends(_page)], response: Response
) -> list[AuditEntryResponse]:
    """The log records when students are corrected, exported and deleted, keys created and revoked, teachers
    created and removed, answers accepted and refused, decisions taken back, assignments released, exported
    and deleted, and class tables exported."""
    entries, total = await services.audit.page(page)
    response.headers[TOTAL_COUNT] = str(total)
    return entries
