"""What both of Moodle's import formats share: where questions go and which answers count."""

import html
from dataclasses import dataclass

from homework_api.export.handout import Handout, Task, Worksheet
from homework_shared.exercises.exercise import BLANK, ExerciseType

# Moodle shows a short answer's input box in place of five underscores or more.
GAP = "_" * 10
_NAME_LENGTH = 80
_CATEGORY_LENGTH = 250  # its column holds 255
_FINAL = " .!?…"


@dataclass(frozen=True, slots=True)
class Question:
    """A task as Moodle's question bank holds it. The name begins with its number: banks sort by name."""

    key: str
    name: str
    task: Task

    @property
    def html(self) -> str:
        return html.escape(self.task.question.replace(BLANK, GAP), quote=False)


def questions(sheet: Worksheet) -> list[Question]:
    return [_question(sheet, number, task) for number, task in enumerate(sheet.tasks, 1)]


def category(handout: Handout, sheet: Worksheet) -> str:
    """Its own for each student: their questions differ. The id keeps namesakes apart."""
    student = f"{sheet.student} ({sheet.student_id})"
    return "/".join(map(_path_part, ("$course$", "top", "Italian homework", handout.title, student)))


def tags(handout: Handout) -> tuple[str, ...]:
    return (handout.level, *handout.subjects)


def accepted_answers(task: Task) -> list[str]:
    """The right answer and what differs from it in nothing but typing: Moodle compares letter by
    letter, while phones type ’ for ' and a sentence's full stop is easily forgotten."""
    answers = [task.answer]
    if task.type is ExerciseType.TRANSLATION:
        answers.append(task.answer.rstrip(_FINAL))
    typed = [answer.replace("’", "'") for answer in answers]
    variants = (*answers, *typed, *(answer.replace("'", "’") for answer in typed))
    # A bare asterisk matches anything.
    return [answer.replace("*", r"\*") for answer in dict.fromkeys(variants) if answer]


def _question(sheet: Worksheet, number: int, task: Task) -> Question:
    name = f"{number:02} {_shortened(task.question, _NAME_LENGTH)}"
    return Question(f"homework-{sheet.homework_id}-{number}", name, task)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _path_part(name: str) -> str:
    # A slash in a name is doubled; next to the separator it could be either, so a space goes between.
    doubled = _shortened(name, _CATEGORY_LENGTH).replace("/", "//")
    return f"{' ' * doubled.startswith('/')}{doubled}{' ' * doubled.endswith('/')}"
