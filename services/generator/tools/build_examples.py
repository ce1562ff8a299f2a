"""Build writing/examples.json: one verified exercise per level, grammar and type, for the prompts.

How to: `python services/generator/tools/build_examples.py` with all packages installed. The exercises are the
mock generator's, whose Italian is checked; a test builds the file again and compares.
"""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType
from homework_shared.exercises.messages import GenerateHomework

FILE = Path(__file__).parents[1] / "homework_generator/writing/examples.json"
SEED = 11
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    FILE.write_text(render(), "utf-8")
    sys.stdout.write(f"{FILE.name}: {FILE.stat().st_size} bytes\n")


def render() -> str:
    """Level → grammar → type → the exercise in the form that a model is asked for."""
    generator = MockGenerator(Content.load())
    table = {
        level: {grammar: _examples(generator, level, grammar) for grammar in Grammar} for level in CefrLevel
    }
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def _examples(generator: MockGenerator, level: CefrLevel, grammar: Grammar) -> dict[str, dict[str, object]]:
    job = GenerateHomework(
        job_id=UUID(int=0),
        cefr_level=level,
        grammar_focus=grammar.value,
        quantity=len(ExerciseType),
        exercise_types=tuple(ExerciseType),
        seed=SEED,
        created_at=EPOCH,
        deadline_at=EPOCH,
    )
    return {exercise.type: _as_written(exercise) for exercise in generator.write(job)}


def _as_written(exercise: Exercise) -> dict[str, object]:
    written: dict[str, object] = {
        "type": exercise.type,
        # Models are asked to put the hint last: while they write the gap they do not know it yet.
        "question": re.sub(r"___ (\([^()]+\))(.*)", r"___\2 \1", exercise.question),
        "correct_answer": exercise.correct_answer,
    }
    if exercise.options:
        written["wrong_options"] = [
            option for option in exercise.options if option != exercise.correct_answer
        ]
    return written | {"explanation": exercise.explanation}


if __name__ == "__main__":
    main()
