"""Homework that a teacher looks through before the students get it, and what she changes of it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any


class Writer(StrEnum):
    """Who wrote an exercise: a generator, by its kind, or a teacher."""

    VLLM = "vllm"
    MOCK = "mock"
    TEACHER = "teacher"


def is_held_back(review: bool, release_at: datetime | None, now: datetime) -> bool:
    """Whether it is still kept from the students. Asked for at each reading: no timer can be late or lost."""
    return review and (release_at is None or now < release_at)


def version_of(stored: Mapping[str, Any]) -> str:
    """Tells a stored exercise from every other one, whoever changes it. What is decided about answers to it
    is no part of it."""
    as_written = {name: value for name, value in stored.items() if name != "decided"}
    return hashlib.sha256(json.dumps(as_written, sort_keys=True).encode()).hexdigest()[:16]
