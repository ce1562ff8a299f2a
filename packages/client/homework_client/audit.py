"""The request for the audit log."""

from homework_client.models import AuditEntry
from homework_client.request import Request, given


def list_audit_entries(
    limit: int | None = None, offset: int | None = None, before_id: int | None = None
) -> Request[list[AuditEntry]]:
    """List the audit entries, newest first, in pages as in `requests.list_students`. The default `limit` is
    100.
    """
    params = given(limit=limit, offset=offset, before_id=before_id)
    return Request("GET", "/api/ops/audit", list[AuditEntry], params)
