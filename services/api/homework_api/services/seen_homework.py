"""A homework as its student sees it, and as the API answers it: plain values from what is stored to what is
sent.

What is stored was checked when it was stored. To make models of it again, of which the answer is made, takes
four times as long. `services/api/tests/test_homework_answers.py` holds the answers against
`HomeworkResponse`, which the OpenAPI document shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from homework_api.database.queries.homework import HomeworkRecord
from homework_api.domain.review import Writer
from homework_api.domain.statuses import HomeworkStatus
from homework_api.grading.teachers_word import Stored, as_decided
from homework_api.schemas.homework import HomeworkResponse

_NAMES = tuple(HomeworkResponse.model_fields)


@dataclass(frozen=True, slots=True)
class SeenHomework:
    """What is held back from students is not in it."""

    record: HomeworkRecord

    @property
    def status(self) -> HomeworkStatus:
        return self.record.status

    def answer(self, *, with_solutions: bool) -> dict[str, Any]:
        """A `HomeworkResponse`. Without solutions, what would give them away is left out."""
        answer = {name: _plain(getattr(self.record, name)) for name in _NAMES}
        stored = self.record.exercises or ()
        of_them_all = [answer["generated_by"]] * len(stored)
        writers: Sequence[str | None] = self.record.exercise_writers or of_them_all
        answer["exercises"] = [
            _exercise(one, writer, with_solutions) for one, writer in zip(stored, writers, strict=True)
        ]
        return answer


def _plain(value: Any) -> Any:
    # A text of an enum takes ten times as long to write as a text.
    return str(value) if isinstance(value, StrEnum) else value


def _exercise(stored: Stored, writer: str | None, with_solutions: bool) -> dict[str, Any]:
    """An `ExerciseResponse`. What an older version stored has no `accepted_answers`."""
    shown = as_decided(stored) if with_solutions else {}
    return {
        "type": stored["type"],
        "question": stored["question"],
        "correct_answer": shown.get("correct_answer"),
        "accepted_answers": shown.get("accepted_answers", []),
        "options": stored.get("options"),
        "explanation": shown.get("explanation"),
        # Clients of before know the generators only.
        "generated_by": None if writer == Writer.TEACHER else writer,
    }
