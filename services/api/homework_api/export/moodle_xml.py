"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format

Texts are CDATA. Moodle's reader gets a text in pieces that end at each entity, and drops a piece that
consists of spaces only: it would lose the space in `&gt; &lt;`.
"""

import html
import re
from collections.abc import Iterable

from homework_api.export.handout import Handout, Worksheet
from homework_api.export.moodle import Question, accepted_answers, category, questions, tags
from homework_shared.exercises.exercise import ExerciseType

# XML 1.0 has no way to write these, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(handout: Handout) -> bytes:
    lines = (line for sheet in handout.worksheets for line in _worksheet(handout, sheet))
    document = ['<?xml version="1.0" encoding="UTF-8"?>', *_element("quiz", lines)]
    return ("\n".join(document) + "\n").encode()


def _worksheet(handout: Handout, sheet: Worksheet) -> Iterable[str]:
    yield from _element("question", [_texts("category", category(handout, sheet))], type="category")
    for question in questions(sheet):
        yield from _question(question, tags(handout))


def _question(question: Question, tags: Iterable[str]) -> Iterable[str]:
    is_choice = question.task.type is ExerciseType.MULTIPLE_CHOICE
    lines = [
        _texts("name", question.name),
        _html("questiontext", f"<p>{question.html}</p>"),
        _html("generalfeedback", html.escape(question.task.explanation, quote=False)),
        "<defaultgrade>1</defaultgrade>",
        "<hidden>0</hidden>",
        f"<idnumber>{question.key}</idnumber>",
        *(_choices if is_choice else _answers)(question),
        *_element("tags", (_texts("tag", tag) for tag in tags)),
    ]
    return _element("question", lines, type="multichoice" if is_choice else "shortanswer")


def _choices(question: Question) -> Iterable[str]:
    yield "<single>true</single>"
    yield "<shuffleanswers>true</shuffleanswers>"
    yield "<answernumbering>ABCD</answernumbering>"
    for option in question.task.options:
        fraction = "100" if option in question.task.right_answers else "0"
        yield _html("answer", html.escape(option, quote=False), fraction=fraction)


def _answers(question: Question) -> Iterable[str]:
    # Short answers, translations too: a class's essays would all wait for the teacher.
    yield "<usecase>0</usecase>"
    for answer in accepted_answers(question.task):
        yield _texts("answer", answer, fraction="100", format="plain_text")


def _html(name: str, text: str, **attributes: str) -> str:
    return _texts(name, text, **attributes, format="html")


def _texts(name: str, text: str, **attributes: str) -> str:
    """An element with a text in the wrapper that Moodle uses. Attributes come from Moodle's vocabulary, never
    from a user.
    """
    return f"<{name}{_attributes(attributes)}><text>{_cdata(text)}</text></{name}>"


def _element(name: str, lines: Iterable[str], **attributes: str) -> Iterable[str]:
    yield f"<{name}{_attributes(attributes)}>"
    yield from (f"  {line}" for line in lines)
    yield f"</{name}>"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes.items())


def _cdata(text: str) -> str:
    # The mark that ends a section is written in two sections, so that neither half ends one.
    writable = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{writable}]]>"
