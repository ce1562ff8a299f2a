"""Moodle XML files are valid by the documented grammar and give the same texts when read back."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from tests.support.api.handouts import (
    CHOICE_TASK,
    GAP_TASK,
    NASTY_TEXTS,
    TRANSLATION_TASK,
    handout,
    nasty_tasks,
    worksheet,
)

from homework_api.export import Handout
from homework_api.export.moodle_xml import render

GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).parent / "grammars/moodle.rng"))
UNWRITABLE = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")


def valid(document: bytes) -> etree._Element:
    quiz = etree.fromstring(document)
    GRAMMAR.assertValid(quiz)
    return quiz


def questions(exported: Handout) -> list[etree._Element]:
    return [found for found in valid(render(exported)) if found.get("type") != "category"]


def categories(exported: Handout) -> list[str]:
    return [text(found, "category") for found in valid(render(exported)) if found.get("type") == "category"]


def text(element: etree._Element, path: str) -> str:
    return str(element.findtext(f"{path}/text"))


def shown(element: etree._Element, path: str) -> str:
    """The text that a browser shows for this HTML."""
    [found] = element.findall(path)
    assert found.get("format") == "html"
    source = text(element, path).removeprefix("<p>").removesuffix("</p>")
    assert not re.search(r"<|>|&(?!\w+;)", source), "HTML would swallow it"
    return html.unescape(source)


def answers(question: etree._Element) -> dict[str, str]:
    return {text(answer, "."): str(answer.get("fraction")) for answer in question.findall("answer")}


SPACES = " \t\n\r\0\x0b"  # PHP trims these characters.


class MoodlesReader:
    """Reads an element's text as Moodle does (lib/xmlize.php, with the same parser): libxml delivers it in
    pieces, and a piece of white space only is dropped.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []

    def start(self, _tag: str | bytes, _attributes: object) -> None:
        self._pieces = []

    def data(self, piece: str | bytes) -> None:
        assert isinstance(piece, str)
        if piece.strip(SPACES):
            self._pieces.append(piece)

    def end(self, tag: str | bytes) -> None:
        if tag == "text":
            self.texts.append("".join(self._pieces).strip(SPACES))

    def comment(self, _text: str | bytes) -> None: ...

    def close(self) -> None: ...


def read_as_moodle_does(document: bytes) -> list[str]:
    reader = MoodlesReader()
    parser = etree.XMLParser(target=reader)
    for start in range(0, len(document), 4096):
        parser.feed(document[start : start + 4096])
    parser.close()
    return reader.texts


def test_a_gap_becomes_a_short_answer_whose_box_moodle_puts_in_the_gap() -> None:
    [question] = questions(handout(worksheet(1, "Giulia", GAP_TASK)))
    assert (question.get("type"), question.findtext("usecase")) == ("shortanswer", "0")
    assert re.fullmatch(r"Ogni mattina Marco _{5,} il caffè. \(bere\)", shown(question, "questiontext"))
    assert answers(question) == {"beve": "100"}
    assert shown(question, "generalfeedback") == GAP_TASK.explanation


def test_a_translation_accepts_both_apostrophes_and_a_forgotten_full_stop() -> None:
    [question] = questions(handout(worksheet(1, "Giulia", TRANSLATION_TASK)))
    assert question.get("type") == "shortanswer"
    assert list(answers(question)) == [
        "L’acqua non è fredda.",
        "L’acqua non è fredda",
        "L'acqua non è fredda.",
        "L'acqua non è fredda",
    ]
    assert set(answers(question).values()) == {"100"}


def test_further_right_answers_count_as_much_as_the_first() -> None:
    accepted = ("C'è acqua calda.",)
    tasks = [replace(TRANSLATION_TASK, accepted=accepted), replace(CHOICE_TASK, accepted=("stretti",))]
    translation, choice = questions(handout(worksheet(1, "Giulia", *tasks)))
    assert {"L’acqua non è fredda.", "C'è acqua calda.", "C’è acqua calda"} <= answers(translation).keys()
    assert set(answers(translation).values()) == {"100"}
    assert answers(choice) == {"stretto": "0", "stretti": "100", "strette": "100", "stretta": "0"}


def test_a_multiple_choice_has_one_right_answer_and_is_shuffled() -> None:
    [question] = questions(handout(worksheet(1, "Giulia", CHOICE_TASK)))
    assert [question.findtext(name) for name in ("single", "shuffleanswers")] == ["true", "true"]
    assert answers(question) == {"stretto": "0", "stretti": "0", "strette": "100", "stretta": "0"}


def test_questions_are_named_by_number_and_tagged_and_have_an_id() -> None:
    found = questions(handout())
    assert [text(question, "name")[:4] for question in found] == ["01 O", "02 T", "03 Q"] * 2
    assert found[4].findtext("idnumber") == "homework-102-2"
    tags = [text(tag, ".") for tag in found[0].findall("tags/tag")]
    assert tags == ["A2", "passato prossimo", "una vacanza"]


def test_each_student_has_a_category_even_beside_a_namesake() -> None:
    paths = categories(handout(worksheet(1, "Giulia"), worksheet(2, "Giulia")))
    parent = "$course$/top/Italian homework/Assignment 7 · A2 · passato prossimo · una vacanza"
    assert paths == [f"{parent}/Giulia (1)", f"{parent}/Giulia (2)"]


@pytest.mark.parametrize("name", ["A/B", "/A", "A/", "//"])
def test_a_slash_in_a_name_is_no_step_of_the_category_path(name: str) -> None:
    [path] = categories(handout(worksheet(1, name)))
    # In Moodle a slash is a separator unless another slash stands beside it.
    parts = [part.replace("//", "/").strip() for part in re.split(r"(?<!/)/(?!/)", path)]
    assert parts[-1] == f"{name} (1)"
    assert len(parts) == 5


@pytest.mark.parametrize("nasty", NASTY_TEXTS)
def test_any_text_is_read_back_unchanged(nasty: str) -> None:
    expected = nasty.translate(UNWRITABLE)
    gap, translation, choice = questions(handout(worksheet(1, nasty[:100], *nasty_tasks(nasty))))
    assert shown(gap, "questiontext") == f"{expected[:950]} {'_' * 10}"
    assert shown(translation, "questiontext") == shown(translation, "generalfeedback") == expected
    assert next(iter(answers(translation))) == expected.replace("*", r"\*")
    options = [html.unescape(option) for option in answers(choice)]
    assert options == ["a", expected, "%0%c", f"d {expected[:950]}"]
    assert list(answers(choice).values()) == ["0", "100", "0", "0"]


@pytest.mark.parametrize(
    "written", ["<a> <b>", "& &", "Tizio & <Caio> &\n<Sempronio>", "]]> ]]> & ]]", "a ]]", ">"]
)
def test_moodle_keeps_the_space_between_two_signs_that_would_be_escaped(written: str) -> None:
    texts = read_as_moodle_does(render(handout(worksheet(1, "Ada", *nasty_tasks(written)))))
    assert written in texts, "the answer of the translation"
    assert html.escape(written, quote=False) in texts, "its explanation"


def test_the_reader_of_these_tests_loses_a_space_as_moodle_does() -> None:
    assert read_as_moodle_does(b"<quiz><text>&lt;a&gt; &lt;b&gt;</text></quiz>") == ["<a><b>"]


@pytest.mark.parametrize("name", ["<3 Ada", "Ada <b>", "a<b>c"])
def test_a_name_is_no_html_for_moodle_would_drop_it(name: str) -> None:
    exported = handout(worksheet(1, name, *nasty_tasks(name)))
    assert categories(exported)[0].endswith(f"/{name.replace('<', '‹').replace('>', '›')} (1)")
    assert not any(re.search("[<>]", text(question, "name")) for question in questions(exported))


@pytest.mark.parametrize(
    ("topic", "tag"),
    [
        ("più <di> meno", "più ‹di› meno"),
        ("`code` \\n", "code n"),
        ("una  vacanza", "una vacanza"),
        ("v" * 51, "v" * 49 + "…"),
        ("è" * 50, "è" * 50),
    ],
)
def test_a_tag_is_one_that_moodle_takes_as_it_is(topic: str, tag: str) -> None:
    [question] = questions(replace(handout(worksheet(1, "Ada", GAP_TASK)), topic=topic))
    assert [text(found, ".") for found in question.findall("tags/tag")] == ["A2", "passato prossimo", tag]
    # This is the change that Moodle makes to a tag (PARAM_TAG).
    assert re.sub(r"\s+", " ", re.sub(r"[\x00-\x1f\x7f<>`]", "", tag)).strip()[:50] == tag


def test_a_topic_of_which_no_tag_is_left_is_none() -> None:
    [question] = questions(replace(handout(worksheet(1, "Ada", GAP_TASK)), topic="``"))
    assert len(question.findall("tags/tag")) == 2


def broken_documents() -> list[bytes]:
    whole = render(handout(worksheet(1, "Giulia", CHOICE_TASK)))
    assert GRAMMAR.validate(etree.fromstring(whole))
    return [
        re.sub(pattern, replacement, whole, count=1, flags=re.DOTALL)
        for pattern, replacement in (
            (rb"<name>.*</name>", b""),
            (rb'fraction="100"', b'fraction="101"'),
            (rb'type="multichoice"', b'type="multiplechoice"'),
            (rb"<single>true", b"<single>yes"),
            (rb'format="html"', b'format="rtf"'),
            (rb"\$course\$/", b""),
            (rb"<tags>", b"<note/><tags>"),
        )
    ]


@pytest.mark.parametrize("document", broken_documents())
def test_the_grammar_refuses_what_moodle_would_not_understand(document: bytes) -> None:
    assert not GRAMMAR.validate(etree.fromstring(document))
