"""Build writing/examples.json: some verified exercises per level, grammar and type, for the prompts.

How to: `python services/generator/tools/build_examples.py` with all packages installed. The exercises are the
mock generator's, whose Italian is checked; a test builds the file again and compares.
"""

import json
import re
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from homework_generator.writing.schema import SCHEMAS
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import MAX_EXERCISES, CefrLevel, Exercise, ExerciseType
from homework_shared.exercises.messages import GenerateHomework

FILE = Path(__file__).parents[1] / "homework_generator/writing/examples.json"
SEED = 11
EACH = 3
"""How many there are of each kind. A model copies from its prompt, so classmates' prompts differ."""
ACCEPTED = 2
"""How many other right answers an example shows: each is read in every prompt."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    FILE.write_text(render(), "utf-8")
    sys.stdout.write(f"{FILE.name}: {FILE.stat().st_size} bytes\n")


def render() -> str:
    """Level → grammar → type → exercises in the form that a model is asked for, one on a line."""
    generator = MockGenerator(Content.load())
    table = {
        level: {grammar: _examples(generator, level, grammar) for grammar in Grammar} for level in CefrLevel
    }
    lines = json.dumps(table, ensure_ascii=False, indent=1)
    return re.sub(r"(,?)\n {4,}", lambda comma: ", " if comma[1] else "", lines) + "\n"


def _examples(
    generator: MockGenerator, level: CefrLevel, grammar: Grammar
) -> dict[str, list[dict[str, Any]]]:
    return {kind: _of_one_type(generator, level, grammar, kind) for kind in ExerciseType}


def _of_one_type(
    generator: MockGenerator, level: CefrLevel, grammar: Grammar, kind: ExerciseType
) -> list[dict[str, Any]]:
    job = GenerateHomework(
        job_id=UUID(int=0),
        cefr_level=level,
        grammar_focus=grammar.value,
        quantity=MAX_EXERCISES,
        exercise_types=(kind,),
        seed=SEED,
        created_at=EPOCH,
        deadline_at=EPOCH,
    )
    written = (_as_written(exercise) for exercise in generator.write(job))
    return list(islice((exercise for exercise in written if _may_be_written(exercise)), EACH))


def _may_be_written(exercise: dict[str, Any]) -> bool:
    """Whether a model could write this: an example of what the schema forbids would mislead it."""
    fields = SCHEMAS[ExerciseType(str(exercise["type"]))]["properties"]
    patterns = {name: field["pattern"] for name, field in fields.items() if "pattern" in field}
    accepted = exercise.get("accepted_answers", ())
    return all(re.fullmatch(pattern, str(exercise[name])) for name, pattern in patterns.items()) and all(
        re.fullmatch(patterns["correct_answer"], answer) for answer in accepted
    )


def _as_written(exercise: Exercise) -> dict[str, Any]:
    written: dict[str, Any] = {
        "type": exercise.type,
        # Models are asked to put the hint last: while they write the gap they do not know it yet.
        "question": re.sub(r"___ (\([^()]+\))(.*)", r"___\2 \1", exercise.question),
        "correct_answer": exercise.correct_answer,
    }
    if exercise.accepted_answers:
        written["accepted_answers"] = list(exercise.accepted_answers[:ACCEPTED])
    if exercise.options:
        written["wrong_options"] = [
            option for option in exercise.options if option != exercise.correct_answer
        ]
    return written | {"explanation": exercise.explanation}


if __name__ == "__main__":
    main()
