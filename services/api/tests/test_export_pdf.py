"""PDF files are read back with pypdf."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader
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
from homework_api.export.pdf import render


def pages(exported: Handout) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(render(exported))).pages]


def words(text: str) -> str:
    return " ".join(text.split())


def test_each_student_has_a_worksheet_on_a_new_page_and_the_key_comes_last() -> None:
    giulia, lukasz, key = pages(handout())
    assert giulia.startswith("Giulia Bianchi")
    assert lukasz.startswith("Łukasz Żółć")
    assert key.startswith("Answer key")
    assert "A2 · passato prossimo · una vacanza · 23 November 2026" in giulia
    assert "Fill in the gaps, translate into Italian, choose the right option." in giulia


def test_exercises_are_numbered_and_options_lettered() -> None:
    sheet = words(pages(handout())[0])
    assert re.search(r"1\. Ogni mattina Marco _{10,} il caffè. \(bere\)", sheet)
    assert "2. Translate: The water isn't cold." in sheet
    assert re.search(r"3\. Queste scarpe sono troppo _{10,}\. A stretto B stretti C strette D stretta", sheet)


def test_answers_and_explanations_are_on_the_key_and_nowhere_else() -> None:
    *sheets, key = map(words, pages(handout()))
    for secret in ("beve", "L’acqua non è fredda.", "Acqua is feminine.", "stem is bev-"):
        assert secret in key
        assert not any(secret in sheet for sheet in sheets)
    assert "Łukasz Żółć 1. beve Bere is irregular: its stem is bev-. 2. L’acqua" in key
    assert "3. C strette Scarpe is feminine plural." in key


def test_the_key_has_what_is_right_as_well() -> None:
    tasks = [
        replace(GAP_TASK, accepted=("prende", "sorseggia")),
        replace(TRANSLATION_TASK, accepted=("Non è fredda l'acqua.", "L'acqua fredda non è.")),
        replace(CHOICE_TASK, accepted=("stretti",)),
    ]
    sheet, key = map(words, pages(handout(worksheet(1, "Giulia", *tasks))))
    assert "1. beve / prende / sorseggia Bere is irregular" in key
    assert "fredda. or: Non è fredda l'acqua. / L'acqua fredda non è. Acqua is" in key
    assert "3. C strette / B stretti" in key
    assert "prende" not in sheet


def test_accents_and_typographic_characters_are_printed() -> None:
    text = "È perché l’Ł, ñ, ğ: “così” ‘città’ «può» … – — più virtù lunedì Ż ß œ €"
    task = replace(GAP_TASK, question=f"{text} ___", answer=text)
    sheet, key = pages(handout(worksheet(1, "Ñandú O’Łę", task)))
    assert text in words(sheet)
    assert text in words(key)
    assert sheet.startswith("Ñandú O’Łę")


def test_every_page_has_its_number_the_total_and_the_students_name() -> None:
    exported = handout(worksheet(1, "Giulia", *[CHOICE_TASK] * 20), worksheet(2, "Marco"))
    found = pages(exported)
    assert len(found) > 4
    for number, page in enumerate(found, 1):
        assert f"Assignment 7 · A2 · page {number} of {len(found)}" in page
    sections = [page.rpartition(f" of {len(found)} ")[2] for page in found]
    assert sections == ["Giulia"] * (len(found) - 3) + ["Marco"] + ["Answer key"] * 2


def test_an_exercise_is_not_torn_apart_by_the_end_of_a_page() -> None:
    for before in range(20):
        gaps = [GAP_TASK] * before
        *sheets, _key = pages(handout(worksheet(1, "Giulia", *gaps, *[CHOICE_TASK] * 3)))
        for sheet in sheets:
            assert sheet.count("Queste scarpe") == len(re.findall(r"^D", sheet, re.MULTILINE))


def test_a_long_translation_has_more_lines_to_write_on() -> None:
    def lines(question: str) -> int:
        task = replace(TRANSLATION_TASK, question=question)
        [sheet, _key] = PdfReader(io.BytesIO(render(handout(worksheet(1, "Giulia", task))))).pages
        return len(re.findall(rb" l S\b", sheet.get_contents().get_data()))  # type: ignore[union-attr]

    assert (lines("Short."), lines("Long. " * 30)) == (1, 3)


def test_students_without_homework_are_named_on_the_key() -> None:
    *_sheets, key = pages(handout(unwritten=("Anna", "Marco")))
    assert "without a worksheet: Anna, Marco" in key
    assert "without a worksheet" not in pages(handout())[-1]


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_any_text_can_be_printed(text: str) -> None:
    sheet, *_more = pages(handout(worksheet(1, text[:100], *nasty_tasks(text))))
    assert "page 1 of" in sheet


@pytest.mark.parametrize("text", ["{nb} {number}", "a < b & c", "**no** __markdown__ `x`", "x" * 500])
def test_a_text_is_printed_as_it_is(text: str) -> None:
    sheet = pages(handout(worksheet(1, "Giulia", replace(TRANSLATION_TASK, question=text))))[0]
    assert text in sheet.replace("\n", "")


def test_a_character_that_the_font_lacks_is_shown_as_a_box() -> None:
    [sheet, _key] = pages(handout(worksheet(1, "王小明 Wang")))
    assert sheet.startswith("□□□ Wang")


def test_hebrew_runs_from_right_to_left() -> None:
    first_page = PdfReader(io.BytesIO(render(handout(worksheet(1, "שלום"))))).pages[0]
    content, bold = first_page.get_contents(), first_page["/Resources"]["/Font"]["/F2"]  # type: ignore[index]
    assert content is not None
    leftmost = re.search(rb"\((..)\) Tj", content.get_data(), re.DOTALL)
    assert leftmost is not None
    last_letter = f"<{leftmost[1].hex()}> <{ord('ם'):04X}>".encode()
    assert last_letter in bold["/ToUnicode"].get_data()


def test_the_same_homework_makes_the_same_bytes_and_newer_homework_makes_others() -> None:
    exported = handout()
    assert render(exported) == render(exported)
    later = replace(exported, created_at=exported.created_at + timedelta(seconds=1))
    assert render(later) != render(exported)


def test_students_are_found_among_the_bookmarks() -> None:
    reader = PdfReader(io.BytesIO(render(handout())))
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles == ["Giulia Bianchi", "Łukasz Żółć", "Answer key"]
