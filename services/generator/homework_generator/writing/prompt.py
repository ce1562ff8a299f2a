"""The prompt for one exercise.

The parts that all prompts share come first, so that the engine's prefix cache holds them. The parts that
differ come last.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from homework_generator.writing.examples import example_for
from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel, ExerciseType, grammar_in_turn, types_in_turn
from homework_shared.exercises.messages import GenerateHomework

_PREAMBLE = """\
You write homework for English-speaking students of Italian. Write one exercise as one JSON object.
Every Italian sentence is natural, correct and complete, in words that a dictionary has. The answer fits
the gap as it stands and agrees with the words around it. The explanation is one or two English sentences
that quote the answer and say which rule it follows. The answer must not be visible in the question.
"""
_ACCEPTED = "Where another answer is just as right, up to three go into accepted_answers"
_FORMATS: Mapping[ExerciseType, str] = {
    ExerciseType.FILL_IN_BLANK: "an Italian sentence with one gap ___, and at its end a hint in parentheses: "
    f"the base form, or the English word. The answer is only what is missing. {_ACCEPTED}",
    ExerciseType.TRANSLATION: "“Translate: ” and one English sentence. The answer is that whole sentence in "
    f"Italian. {_ACCEPTED}",
    ExerciseType.MULTIPLE_CHOICE: "an Italian sentence with one gap ___ for the answer, and three wrong "
    "options: other forms of the same kind, each of them plainly wrong in this sentence",
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


@dataclass(frozen=True, slots=True)
class Task:
    """One exercise to write. `lesson` is the grammar it practises, as a student knows it.

    `without_example` is the same prompt for a model that has copied the example.
    """

    kind: ExerciseType
    lesson: str | None
    prompt: str
    without_example: str


def tasks(job: GenerateHomework) -> list[Task]:
    """One task per exercise, in order. The job's seed sets classmates' prompts apart."""
    chance = Random(job.seed)
    people, details = chance.sample(_PEOPLE, job.quantity), chance.sample(_DETAILS, job.quantity)
    grammars = _grammars_of(job, chance) or (None,)
    shared = f"{_PREAMBLE}\n{_request(job)}"
    written = []
    kinds = types_in_turn(job.exercise_types, job.quantity)
    for index, (kind, person, detail) in enumerate(zip(kinds, people, details, strict=True)):
        grammar = grammars[grammar_in_turn(index, len(job.exercise_types), len(grammars))]
        task, example = _task(kind, grammar), _example(job.cefr_level, kind, grammar, job.seed + index)
        about = f"It is about {person} and {detail}; let these two inspire it.\n"
        prompt = f"{shared}{task}{example}{about}"
        written.append(Task(kind, _lesson(grammar, job), prompt, f"{shared}{task}{about}"))
    return written


def _lesson(grammar: Grammar | None, job: GenerateHomework) -> str | None:
    return curriculum().grammars[grammar].title if grammar else job.grammar_focus


def _request(job: GenerateHomework) -> str:
    level = curriculum().levels[job.cefr_level]
    lines = [f"Level: {job.cefr_level.value} ({level.descriptor})"]
    # The teacher's text is quoted as data. The schema limits what it can achieve.
    if job.grammar_focus:
        lines.append(f"Grammar to practise: {json.dumps(job.grammar_focus, ensure_ascii=False)}")
    if job.topic:
        lines.append(f"Topic: {json.dumps(job.topic, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _grammars_of(job: GenerateHomework, chance: Random) -> tuple[Grammar, ...]:
    """The grammars that the teacher named, or else those of the level, shuffled for each homework."""
    if job.grammar_focus is None:
        general = curriculum().levels[job.cefr_level].general
        return tuple(chance.sample(general, len(general)))
    focus = curriculum().focus(job.grammar_focus)
    return focus.grammars if focus else ()


def _task(kind: ExerciseType, grammar: Grammar | None) -> str:
    lines = [f"Type: {kind.value}, {_FORMATS[kind]}."]
    if grammar:
        lesson = curriculum().grammars[grammar]
        lines += [f"Rule ({lesson.title}): {lesson.rule}", f"Forms wanted: {lesson.forms}."]
    else:
        lines.append("The rule is the one that the teacher names above.")
    return "\n".join(lines) + "\n"


def _example(level: CefrLevel, kind: ExerciseType, grammar: Grammar | None, turn: int) -> str:
    example = json.dumps(example_for(level, grammar or Grammar.PRESENT, kind, turn), ensure_ascii=False)
    return f"An example of this type, which you must not copy: {example}\n"
