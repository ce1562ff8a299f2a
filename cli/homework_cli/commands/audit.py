"""`homework audit`: shows the audit log."""

from typing import Any

from homework_cli.client import ApiUrl, api_at
from homework_cli.commands.paging import BeforeId, Limit, say_there_is_none, say_where_older_ones_are
from homework_cli.output import AsJson, print_json, stdout, table
from homework_client import audit as requests
from homework_client.models import AuditEntry

SHOWN = 100


def audit(
    limit: Limit = SHOWN, before_id: BeforeId = None, api_url: ApiUrl = None, as_json: AsJson = False
) -> None:
    """Show who exported, deleted, released or decided what. You need a key with the right ops."""
    with api_at(api_url) as api:
        reply = api.fetch(requests.list_audit_entries(limit, before_id=before_id))
    if as_json:
        return print_json(reply.text)
    if not reply.value:
        return say_there_is_none("exports, deletions, keys and decisions come here", before_id)
    rows = [_row(each) for each in reply.value]
    stdout().print(table("Audit log", ("id", "when", "who", "key", "did", "to"), rows))
    return say_where_older_ones_are([each.id for each in reply.value], limit)


def _row(entry: AuditEntry) -> tuple[Any, ...]:
    who = entry.done_by or "a user of the service's machine"
    did = entry.action.replace("_", " ")
    return entry.id, entry.done_at, who, entry.done_by_key, did, f"{entry.kind} {entry.thing}"
