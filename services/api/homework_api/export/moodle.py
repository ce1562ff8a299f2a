"""The rules that both of Moodle's import formats share: categories of questions, and answers that count as
right.
"""

import html
import re
from dataclasses import dataclass

from homework_api.export.handout import Handout, Task, Worksheet
from homework_shared.exercises.exercise import BLANK, ExerciseType

# Moodle shows a short answer's input box in place of five underscores or more.
GAP = "_" * 10
_NAME_LENGTH = 80
_CATEGORY_LENGTH = 250  # its column holds 255
_TAG_LENGTH = 50  # Moodle cuts off the rest
_FINAL = " .!?…"
_NO_PART_OF_A_TAG = re.compile(r"[`\\\x00-\x1f\x7f]")
# Moodle takes what follows a "<" in a name or a category for HTML and drops it: all of "<3 Ada (12)".
# In GIFT it does not read a tag with one at all.
_HTML_MARKS = str.maketrans("<>", "‹›")


@dataclass(frozen=True, slots=True)
class Question:
    """An exercise in the form of Moodle's question bank. The name begins with its number, because banks sort
    by name.
    """

    key: str
    name: str
    task: Task

    @property
    def html(self) -> str:
        return html.escape(self.task.question.replace(BLANK, GAP), quote=False)


def questions(sheet: Worksheet) -> list[Question]:
    return [_question(sheet, number, task) for number, task in enumerate(sheet.tasks, 1)]


def category(handout: Handout, sheet: Worksheet) -> str:
    """The category of one student's questions. The id distinguishes students with the same name."""
    student = f"{sheet.student} ({sheet.student_id})"
    return "/".join(map(_path_part, ("$course$", "top", "Italian homework", handout.title, student)))


def tags(handout: Handout) -> tuple[str, ...]:
    return tuple(tag for tag in map(_tag, (handout.level, *handout.subjects)) if tag)


def accepted_answers(task: Task) -> list[str]:
    """The right answers and their typographic variants: Moodle compares letter by letter, while phones type ’
    for ' and students often forget a full stop.
    """
    answers = [*task.right_answers]
    if task.type is ExerciseType.TRANSLATION:
        answers += [answer.rstrip(_FINAL) for answer in task.right_answers]
    typed = [answer.replace("’", "'") for answer in answers]
    variants = (*answers, *typed, *(answer.replace("'", "’") for answer in typed))
    # A bare asterisk matches anything.
    return [answer.replace("*", r"\*") for answer in dict.fromkeys(variants) if answer]


def _question(sheet: Worksheet, number: int, task: Task) -> Question:
    name = f"{number:02} {_shortened(task.question, _NAME_LENGTH)}"
    return Question(f"homework-{sheet.homework_id}-{number}", name.translate(_HTML_MARKS), task)


def _tag(subject: str) -> str:
    # Of several spaces Moodle makes one. What this removes ends a tag in GIFT or makes it unreadable.
    words = _NO_PART_OF_A_TAG.sub(" ", subject.translate(_HTML_MARKS)).split()
    return _shortened(" ".join(words), _TAG_LENGTH)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _path_part(name: str) -> str:
    # A slash in a name is doubled; next to the separator it could be either, so a space goes between.
    doubled = _shortened(name, _CATEGORY_LENGTH).translate(_HTML_MARKS).replace("/", "//")
    return f"{' ' * doubled.startswith('/')}{doubled}{' ' * doubled.endswith('/')}"
