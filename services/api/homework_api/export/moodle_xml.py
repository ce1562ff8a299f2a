"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format"""

import html
import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from homework_api.export.handout import Handout, Worksheet
from homework_api.export.moodle import Question, accepted_answers, category, questions, tags
from homework_shared.exercises.exercise import ExerciseType

# XML 1.0 has no way to write these, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(handout: Handout) -> bytes:
    quiz = Element("quiz")
    for sheet in handout.worksheets:
        _add_category(quiz, handout, sheet)
        for question in questions(sheet):
            _add_question(quiz, question, tags(handout))
    indent(quiz)
    document: bytes = tostring(quiz, encoding="UTF-8", xml_declaration=True)
    return document


def _add_category(quiz: Element, handout: Handout, sheet: Worksheet) -> None:
    question = SubElement(quiz, "question", type="category")
    _add_text(SubElement(question, "category"), category(handout, sheet))


def _add_question(quiz: Element, question: Question, tags: tuple[str, ...]) -> None:
    is_choice = question.task.type is ExerciseType.MULTIPLE_CHOICE
    element = SubElement(quiz, "question", type="multichoice" if is_choice else "shortanswer")
    _add_text(SubElement(element, "name"), question.name)
    _add_html(element, "questiontext", f"<p>{question.html}</p>")
    _add_html(element, "generalfeedback", html.escape(question.task.explanation, quote=False))
    SubElement(element, "defaultgrade").text = "1"
    SubElement(element, "hidden").text = "0"
    SubElement(element, "idnumber").text = question.key
    (_add_choices if is_choice else _add_answers)(element, question)
    tagged = SubElement(element, "tags")
    for tag in tags:
        _add_text(SubElement(tagged, "tag"), tag)


def _add_choices(element: Element, question: Question) -> None:
    SubElement(element, "single").text = "true"
    SubElement(element, "shuffleanswers").text = "true"
    SubElement(element, "answernumbering").text = "ABCD"
    for option in question.task.options:
        fraction = "100" if option == question.task.answer else "0"
        _add_html(element, "answer", html.escape(option, quote=False), fraction=fraction)


def _add_answers(element: Element, question: Question) -> None:
    # Short answers, translations too: a class's essays would all wait for the teacher.
    SubElement(element, "usecase").text = "0"
    for answer in accepted_answers(question.task):
        _add_text(SubElement(element, "answer", fraction="100", format="plain_text"), answer)


def _add_html(parent: Element, name: str, text: str, **attributes: str) -> None:
    _add_text(SubElement(parent, name, attributes, format="html"), text)


def _add_text(parent: Element, text: str) -> None:
    SubElement(parent, "text").text = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
