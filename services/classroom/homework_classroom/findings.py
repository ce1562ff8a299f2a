"""The warnings of the language checks for an exercise under review.

The checks are sometimes wrong, so their warnings are shown and prevent nothing. The API returns them for an
exercise when it is edited; this module finds them for every exercise of a page.
"""

from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from homework_client.models import Assignment
from homework_client.models import Exercise as ShownExercise
from homework_shared.exercises.exercise import CefrLevel, Exercise
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems, problems_if_answered

_READER: TypeAdapter[Exercise] = TypeAdapter(Exercise)
_FIELDS = {"type", "question", "correct_answer", "accepted_answers", "options", "explanation"}
_REMEMBERED = 2000


def findings_about(shown: ShownExercise, assignment: Assignment) -> tuple[str, ...]:
    """The warnings as English sentences. A call takes a millisecond, and the first one a second, so call it
    in a thread.
    """
    try:
        exercise = _READER.validate_python(shown.model_dump(mode="json", include=_FIELDS))
    except ValidationError:
        return ()  # The exercise comes from a newer service, whose own checks it has passed.
    return _found(exercise, asked_by(assignment))


def asked_by(assignment: Assignment) -> Asked:
    return Asked(CefrLevel(assignment.cefr_level), assignment.grammar_focus, assignment.topic)


@lru_cache(maxsize=_REMEMBERED)
def _found(exercise: Exercise, asked: Asked) -> tuple[str, ...]:
    # A page that reloads itself shows the same exercises every few seconds.
    found = list(problems(exercise, asked))
    for answer in exercise.accepted_answers:
        found += problems_if_answered(exercise, answer, asked)
    return tuple(dict.fromkeys(problem.detail for problem in found))
