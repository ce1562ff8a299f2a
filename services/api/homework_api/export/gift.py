"""GIFT, the text format that teachers write by hand: https://docs.moodle.org/en/GIFT_format"""

import html
import re

from homework_api.export.handout import Handout, Worksheet
from homework_api.export.moodle import Question, accepted_answers, category, questions, tags
from homework_shared.exercises.exercise import ExerciseType

_SPECIAL = re.compile(r"[\\~=#{}:]")


def render(handout: Handout) -> bytes:
    blocks = [block for sheet in handout.worksheets for block in _blocks(handout, sheet)]
    return ("\n\n".join(blocks) + "\n").encode()


def _blocks(handout: Handout, sheet: Worksheet) -> list[str]:
    # Moodle reads a category as it stands, except that it takes a backslash for the start of an escape.
    where = category(handout, sheet).replace("\\", "")
    return [f"$CATEGORY: {where}", *(_block(question, tags(handout)) for question in questions(sheet))]


def _block(question: Question, tags: tuple[str, ...]) -> str:
    is_choice = question.task.type is ExerciseType.MULTIPLE_CHOICE
    lines = [
        _notes(question, tags),
        # The gap is written out and the answers come last: in the missing-word form a gap at the end
        # of the question would vanish.
        f"::{_escape(question.name)}::[html]{_escape(question.html)}{{",
        *(_choices(question) if is_choice else _answers(question)),
        *([f"\t####{_html(question.task.explanation)}"] if question.task.explanation else []),
        "}",
    ]
    return "\n".join(lines)


def _notes(question: Question, tags: tuple[str, ...]) -> str:
    # A comment to all who read GIFT; Moodle finds the id and the tags in it.
    tagged = (tag.replace("]", r"\]") for tag in tags)
    return " ".join(("//", f"[id:{question.key}]", *(f"[tag:{tag}]" for tag in tagged)))


def _choices(question: Question) -> list[str]:
    right = question.task.right_answers
    return [f"\t{'=' if option in right else '~'}{_html(option)}" for option in question.task.options]


def _answers(question: Question) -> list[str]:
    return [f"\t=%100%{_plain(answer)}" for answer in accepted_answers(question.task)]


def _html(text: str) -> str:
    # "%50%" at the start would be a weight, "[html]" a format. As HTML they can be spelled otherwise.
    escaped = html.escape(text, quote=False)
    return _escape(escaped.replace("%", "&percnt;").replace("[", "&lbrack;"))


def _plain(text: str) -> str:
    # Moodle takes any unescapable "->" for a matching question.
    escaped = _escape(text.replace("->", "→"))
    return f"[plain]{escaped}" if escaped.startswith("[") else escaped


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\n", r"\n")
