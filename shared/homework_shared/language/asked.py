"""What a job requested, as far as the caller knows it. Some checks depend on it."""

from dataclasses import dataclass

from homework_shared.exercises.exercise import CefrLevel


@dataclass(frozen=True, slots=True)
class Asked:
    level: CefrLevel | None = None
    grammar_focus: str | None = None
    topic: str | None = None


NOTHING_ASKED = Asked()
