"""Homework that a teacher looks through before the students get it."""

from datetime import datetime


def is_held_back(review: bool, release_at: datetime | None, now: datetime) -> bool:
    """Whether it is still kept from the students. Asked for at each reading: no timer can be late or lost."""
    return review and (release_at is None or now < release_at)
