"""GIFT files are read back with an independent grammar, written without the code of our writer.

The grammar was compared by hand with the npm package gift-pegjs 1.0.2, a parser by other authors. On the
files of these tests both read the same questions, answers and feedback. They differ in one text, "&&058;",
which is Moodle's internal spelling of a colon. No writer can escape it.
"""

import html
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import LarkError
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
from homework_api.export.gift import render

GRAMMAR = (Path(__file__).parent / "grammars/gift.lark").read_text()
PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=True)


@dataclass(frozen=True)
class Answer:
    is_right: bool
    text: str


@dataclass(frozen=True)
class Question:
    category: str
    notes: str
    name: str
    text: str
    answers: list[Answer]
    feedback: str | None


def read(gift: bytes) -> list[Question]:
    questions, category = [], ""
    for item in PARSER.parse(gift.decode()).children:
        assert isinstance(item, Tree)
        if item.data == "category":
            category = str(item.children[0]).strip()
        else:
            questions.append(read_question(item, category))
    return questions


def read_question(item: Tree[Token], category: str) -> Question:
    comments = [str(comment.children[0]) for comment in item.find_data("comment")]
    name, format_, text = (child for child in item.children if not isinstance(child, Tree))
    assert format_ == "[html]"
    is_choice = any(answer.children[0] == "~" for answer in item.find_data("answer"))
    answers = [read_answer(answer, is_choice) for answer in item.find_data("answer")]
    feedback = [as_html(*part.children) for part in item.find_data("feedback")]
    return Question(
        category, "".join(comments), unescape(name), as_html(None, text), answers, next(iter(feedback), None)
    )


def read_answer(answer: Tree[Token], is_choice: bool) -> Answer:
    sign, weight, format_, text = answer.children
    if is_choice:
        assert weight is None
        return Answer(sign == "=", as_html(format_, text))
    # Moodle looks for an arrow before anything else, and would read a matching question.
    assert "->" not in str(text)
    assert weight == "%100%"
    return Answer(True, unescape(text))


def as_html(format_: object, text: object) -> str:
    assert format_ is None
    assert not re.search(r"<|>|&(?!\w+;)", str(text)), "HTML would swallow it"
    return html.unescape(unescape(text))


def unescape(text: object) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], str(text))


def one(exported: Handout) -> Question:
    [question] = read(render(exported))
    return question


def test_a_gap_becomes_a_short_answer_with_the_gap_in_its_place() -> None:
    question = one(handout(worksheet(1, "Giulia", GAP_TASK)))
    assert question.name == "01 Ogni mattina Marco ___ il caffè. (bere)"
    assert question.text == "Ogni mattina Marco __________ il caffè. (bere)"
    assert question.answers == [Answer(True, "beve")]
    assert question.feedback == "Bere is irregular: its stem is bev-."


def test_further_right_answers_count_as_much_as_the_first() -> None:
    question = one(handout(worksheet(1, "Giulia", replace(GAP_TASK, accepted=("prende", "si = fa")))))
    assert question.answers == [Answer(True, "beve"), Answer(True, "prende"), Answer(True, "si = fa")]
    choice = one(handout(worksheet(1, "Giulia", replace(CHOICE_TASK, accepted=("stretti",)))))
    assert {answer.text for answer in choice.answers if answer.is_right} == {"strette", "stretti"}


def test_a_multiple_choice_has_one_right_answer_among_four() -> None:
    question = one(handout(worksheet(1, "Giulia", CHOICE_TASK)))
    assert question.answers == [Answer(text == "strette", text) for text in CHOICE_TASK.options]


def test_a_translation_accepts_both_apostrophes_and_a_forgotten_full_stop() -> None:
    question = one(handout(worksheet(1, "Giulia", TRANSLATION_TASK)))
    assert question.answers == [
        Answer(True, text)
        for text in (
            "L’acqua non è fredda.",
            "L’acqua non è fredda",
            "L'acqua non è fredda.",
            "L'acqua non è fredda",
        )
    ]


def test_each_student_has_a_category_and_each_question_its_id_and_tags() -> None:
    questions = read(render(handout()))
    assert [question.category for question in questions[::3]] == [
        f"$course$/top/Italian homework/Assignment 7 · A2 · passato prossimo · una vacanza/{student}"
        for student in ("Giulia Bianchi (1)", "Łukasz Żółć (2)")
    ]
    assert questions[4].notes == "// [id:homework-102-2] [tag:A2] [tag:passato prossimo] [tag:una vacanza]"


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_any_text_is_read_back_unchanged(text: str) -> None:
    gap, translation, choice = read(render(handout(worksheet(1, text[:100], *nasty_tasks(text)))))
    typed = text.replace("->", "→").replace("*", r"\*")
    assert gap.text == f"{text[:950]} {'_' * 10}"
    assert (translation.text, translation.feedback) == (text, text)
    assert gap.answers[0] == translation.answers[0] == Answer(True, typed)
    assert [answer.text for answer in choice.answers] == ["a", text, "%0%c", f"d {text[:950]}"]
    assert [answer.is_right for answer in choice.answers] == [False, True, False, False]


def test_a_category_has_no_backslash_which_moodle_would_take_for_an_escape() -> None:
    assert one(handout(worksheet(1, r"A\:B", GAP_TASK))).category.endswith("/A:B (1)")


@pytest.mark.parametrize("topic", ["più <di> meno", "[tag:x] y", "`a`", "fine\\", "v" * 200])
def test_moodle_reads_each_tag_that_is_written(topic: str) -> None:
    notes = one(replace(handout(worksheet(1, "Ada", GAP_TASK)), topic=topic)).notes
    # Moodle's own pattern (question/format/gift/format.php).
    found = re.findall(r"\[tag:((?:\\]|[^]<>`\x00-\x1f\x7f])+)]", notes)
    assert len(found) == 3
    assert all(len(tag.replace(r"\]", "]")) <= 50 for tag in found)


def test_a_category_and_a_question_have_no_html_in_their_names_for_moodle_would_drop_it() -> None:
    question = read(render(handout(worksheet(1, "<3 Ada", *nasty_tasks("<i> a")))))[1]
    assert question.category.endswith("/‹3 Ada (1)")
    assert question.name == "02 ‹i› a"


@pytest.mark.parametrize("broken", ["::a::b{=c", "::a::b: c{=d}", "::a::b{=c=}", "::a::b{=c}\n::d::e{=f}"])
def test_the_grammar_refuses_what_is_not_gift(broken: str) -> None:
    with pytest.raises(LarkError):
        PARSER.parse(broken)
