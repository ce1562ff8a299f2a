"""Dates and times as form fields hold them: wall-clock times in the time zone of the classroom."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_FORM = "%Y-%m-%dT%H:%M"


class Unclear(Exception):
    """The text is not a date and time. `name` is the name of the sentence that says why."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def typed(moment: datetime, zone: tzinfo | None) -> str:
    """The moment as a datetime-local field holds it. With `zone` None, this machine's zone is used."""
    return moment.astimezone(zone).strftime(_FORM)


def read(text: str, zone: tzinfo | None) -> datetime | None:
    """The moment in UTC, or None for an empty field.

    Raises:
        Unclear: the text is not a date and time, or the clock change makes the time ambiguous or skips it.
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
