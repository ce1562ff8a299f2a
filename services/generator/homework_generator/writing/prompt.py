"""The prompt for one exercise. What all share comes first, so that the engine's prefix cache holds it;
what sets this one apart comes last."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random

from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel, ExerciseType, grammar_in_turn, types_in_turn
from homework_shared.exercises.messages import GenerateHomework

_PREAMBLE = """\
You write homework for English-speaking students of Italian. Write one exercise as one JSON object.
Italian sentences are natural, correct and complete. The explanation is one or two English sentences on
the grammar that the answer shows. The answer must not be visible in the question.
"""

_FORMATS: Mapping[ExerciseType, str] = {
    ExerciseType.FILL_IN_BLANK: "an Italian sentence with one gap ___ for the answer, and at its end "
    "a hint in parentheses: the base form, or the English word",
    ExerciseType.TRANSLATION: "“Translate: ” and one English sentence, whose Italian is the answer",
    ExerciseType.MULTIPLE_CHOICE: "an Italian sentence with one gap ___ for the answer, and three wrong "
    "options that a student might well choose",
}

_PEOPLE = (
    "Giulia", "Paolo", "Chiara", "Luca", "Elena", "Davide", "Sara", "Matteo", "Irene", "Stefano", "Anna",
    "Pietro", "Marta", "Enrico", "Silvia", "Fabio", "Laura", "Nicola", "Valentina", "Simone", "Teresa",
    "Carlo", "Beatrice", "Giorgio", "my grandmother", "our neighbours", "the twins", "a tourist", "my boss",
    "the doctor", "two friends", "the baker", "a student", "your cousin", "the team", "my parents",
)  # fmt: skip
_DETAILS = (
    "a rainy morning", "a lost key", "a birthday", "the last train", "a letter", "an old bicycle",
    "a mistake", "a long queue", "the first day", "a broken phone", "a garden", "a promise",
    "the weekend", "a surprise", "a small village", "the market", "a photograph", "an exam",
    "a neighbour's dog", "the seaside", "a recipe", "a new job", "a late bus", "the library", "a song",
    "a walk", "an invitation", "the mountains", "a present", "a cold evening", "a museum", "a holiday",
    "a secret", "the kitchen", "an umbrella", "a good idea",
)  # fmt: skip


def prompts(job: GenerateHomework) -> list[str]:
    """One prompt per exercise, in order. The job's seed sets classmates' prompts apart."""
    chance = Random(job.seed)
    people, details = chance.sample(_PEOPLE, job.quantity), chance.sample(_DETAILS, job.quantity)
    grammars = _grammars_of(job, chance) or (None,)
    shared = f"{_PREAMBLE}\n{_request(job)}"
    return [
        f"{shared}{_task(job.cefr_level, kind, _grammar(job, grammars, index))}"
        f"It is about {person} and {detail}; let these two inspire it.\n"
        for index, (kind, person, detail) in enumerate(zip(kinds_of(job), people, details, strict=True))
    ]


def kinds_of(job: GenerateHomework) -> list[ExerciseType]:
    """The type of each exercise, in order."""
    return types_in_turn(job.exercise_types, job.quantity)


def _request(job: GenerateHomework) -> str:
    level = curriculum().levels[job.cefr_level]
    lines = [f"Level: {job.cefr_level.value} ({level.descriptor})"]
    # The teacher's words are quoted data. What they may achieve is bounded by the schema.
    if job.grammar_focus:
        lines.append(f"Grammar to practise: {json.dumps(job.grammar_focus, ensure_ascii=False)}")
    if job.topic:
        lines.append(f"Topic: {json.dumps(job.topic, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _grammars_of(job: GenerateHomework, chance: Random) -> tuple[Grammar, ...]:
    """What the teacher named, or what the level is made of, each homework in an order of its own."""
    if job.grammar_focus is None:
        general = curriculum().levels[job.cefr_level].general
        return tuple(chance.sample(general, len(general)))
    focus = curriculum().focus(job.grammar_focus)
    return focus.grammars if focus else ()


def _grammar(job: GenerateHomework, grammars: Sequence[Grammar | None], index: int) -> Grammar | None:
    return grammars[grammar_in_turn(index, len(job.exercise_types), len(grammars))]


def _task(level: CefrLevel, kind: ExerciseType, grammar: Grammar | None) -> str:
    lines = [f"Type: {kind.value}, {_FORMATS[kind]}."]
    if grammar:
        lesson = curriculum().grammars[grammar]
        lines += [f"Rule ({lesson.title}): {lesson.rule}", f"Forms wanted: {lesson.forms}."]
    else:
        lines.append("The rule is the one that the teacher names above.")
    example = _examples()[level][grammar or Grammar.PRESENT][kind]
    lines.append(f"An example of this type: {json.dumps(example, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


@cache
def _examples() -> dict[str, dict[str, dict[str, object]]]:
    text = (files("homework_generator.writing") / "examples.json").read_text("utf-8")
    examples: dict[str, dict[str, dict[str, object]]] = json.loads(text)
    return examples
