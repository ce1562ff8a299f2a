"""Homework that a teacher reviews and changes before the students receive it."""

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
    """Whether the homework is still hidden from the students. It is computed at each read, so there is no
    timer that could be late or lost.
    """
    return review and (release_at is None or now < release_at)


def version_of(stored: Mapping[str, Any]) -> str:
    """A version of a stored exercise that changes with every change of its content. Decisions about answers
    are not part of it.
    """
    as_written = {name: value for name, value in stored.items() if name != "decided"}
    return hashlib.sha256(json.dumps(as_written, sort_keys=True).encode()).hexdigest()[:16]
