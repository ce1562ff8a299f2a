"""Days and hours as a form has them: a wall clock's, in the zone of the classroom."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_FORM = "%Y-%m-%dT%H:%M"


class Unclear(Exception):
    """This is no moment. `name` is that of the sentence that says why."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def typed(moment: datetime, zone: tzinfo | None) -> str:
    """As a field of the kind datetime-local has it. `zone` None: this machine's."""
    return moment.astimezone(zone).strftime(_FORM)


def read(text: str, zone: tzinfo | None) -> datetime | None:
    """The moment in UTC; None for an empty field.

    Raises:
        Unclear: it is no date and time, or the clocks are changed just then.
    """
    if not text.strip():
        return None
    try:
        local = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
        first, second = (_in_utc(local, zone, fold) for fold in (0, 1))
        exists = first.astimezone(zone).replace(tzinfo=None, fold=0) == local
    except (ValueError, OverflowError) as error:
        raise Unclear("moment_unread") from error
    if not exists:
        raise Unclear("moment_skipped")
    if first != second:
        raise Unclear("moment_twice")
    return first


def zone_name(zone: tzinfo | None, now: datetime) -> str:
    return zone.key if isinstance(zone, ZoneInfo) else now.astimezone(zone).tzname() or ""


def _in_utc(local: datetime, zone: tzinfo | None, fold: int) -> datetime:
    # A moment without a zone is this machine's, whose rules `astimezone` knows.
    return local.replace(fold=fold, tzinfo=zone).astimezone(UTC)
