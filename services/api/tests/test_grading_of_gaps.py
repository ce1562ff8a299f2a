"""What is written into a gap is correct, almost correct or wrong, and the feedback names the mistake."""

import pytest
from tests.support.api.grading import gap, graded

from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ("siamo andati", "  SIAMO   andati. "),
        ("perché", "perche\N{COMBINING ACUTE ACCENT}"),
        ("l'", "L’"),
        ("l'amico", "l` amico"),
        ("l'amico", "‘l'amico’"),
        ("buongiorno", "«Buon-giorno!»"),
        ("caffè", "caf\N{ZERO WIDTH SPACE}fè\N{NO-BREAK SPACE}"),
        ("siamo andati", "noi siamo andati"),
        ("siamo andati", "Ieri noi siamo andati al mare"),
        ("siamo andati", "Ieri noi siamo andati al mare. (andare)"),
        ("siamo andati", "(andare) siamo andati"),
        ("tra", "fra"),
        ("fra", "Tra"),
    ],
)
def test_typography_and_the_words_around_the_gap_do_not_matter(expected: str, given: str) -> None:
    assert graded(gap(expected), given) == GradedAnswer(AnswerVerdict.CORRECT)


@pytest.mark.parametrize(
    ("expected", "given", "hint"),
    [
        ("perché", "perche", "“perché”, not “perche”"),
        ("perché", "perchè", "accent: “perché”, not “perchè”"),
        ("città", "citta'", "accent: “città”, not “citta'”"),
        ("qui", "quì", "accent: “qui”, not “quì”"),
        ("po'", "pò", "apostrophe: “po'”, not “pò”"),
        ("dell'", "dell", "apostrophe: “dell'”, not “dell”"),
        ("è", "E", "“e” means “and”, “è” means “is”: two different words."),
        ("la", "là", "“là” means “there”, “la” means “the”"),
        ("dà", "da", "“da” means “from”, “dà” means “gives”"),
        ("sì", "si", "“sì” means “yes”"),
        ("né", "ne", "“né” means “nor”"),
        ("sé", "se", "“sé” means “oneself”"),
        ("li", "lì", "“lì” means “there”"),
    ],
)
def test_a_wrong_accent_is_almost_correct_and_is_explained(expected: str, given: str, hint: str) -> None:
    judged = graded(gap(expected), given)
    assert judged.verdict is AnswerVerdict.ALMOST
    assert hint in judged.feedback


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ("siamo andati", "siamo andato"),
        ("siamo andati", "siamo"),
        ("siamo andati", "andare"),
        ("siamo andati", "Ieri noi al mare"),
        ("un'", "un"),
        ("un", "un'"),
        ("l'", "la"),
        ("parlo", "parla"),
        ("siamo andati", "???"),
        ("parlo", "parlo parla"),
    ],
)
def test_in_a_gap_another_letter_is_wrong_and_both_forms_are_named(expected: str, given: str) -> None:
    judged = graded(gap(expected), given)
    assert judged == GradedAnswer(AnswerVerdict.WRONG, f"Instead of “{given}” write “{expected}”.")


def test_a_second_answer_in_parentheses_makes_neither_right() -> None:
    assert graded(gap("siamo andati"), "siamo andati (abbiamo andato)").verdict is AnswerVerdict.WRONG


@pytest.mark.parametrize(
    ("question", "expected", "given"),
    [
        ("La strada ___ (attraversare, passivo, presente) da molti.", "è attraversata", "viene attraversata"),
        ("Penso ___ (about) un amico.", "a", "ad"),
        ("Ha ___ (30, in words) anni.", "trenta", "trent'"),
        ("Loro ___ (dovere, presente) partire.", "devono", "debbono"),
        ("Marco ___ (lavarsi, stare + gerundio, presente).", "si sta lavando", "sta lavandosi"),
        ("La casa per ___ (for which) pago.", "cui", "la quale"),
    ],
)
def test_two_forms_are_right_in_a_gap_where_italian_has_two(question: str, expected: str, given: str) -> None:
    assert graded(gap(expected, question), given) == GradedAnswer(AnswerVerdict.CORRECT)


@pytest.mark.parametrize(
    ("question", "expected", "given"),
    [
        ("Costa ___ (27, in words) euro.", "ventisette", "venti sette"),
        ("Marco ___ (la casa, a te) mostra.", "te la", "tela"),
        ("Marco ___ (la casa, a lui) mostra.", "gliela", "glie la"),
        ("Due ___ (valigia).", "valigie", "valige"),
    ],
)
def test_words_written_apart_or_together_are_almost_right(question: str, expected: str, given: str) -> None:
    assert graded(gap(expected, question), given).verdict is AnswerVerdict.ALMOST


@pytest.mark.parametrize(
    ("question", "expected", "given"),
    [
        ("Il vino ___ (bere, passivo, passato prossimo).", "è stato bevuto", "venne bevuto"),
        ("Le case per ___ (for which) pago.", "cui", "la quale"),
        ("Penso ___ (about) Marco.", "a", "ad"),
    ],
)
def test_another_form_is_wrong_in_a_gap(question: str, expected: str, given: str) -> None:
    assert graded(gap(expected, question), given).verdict is AnswerVerdict.WRONG


def test_a_whole_sentence_is_not_repeated_in_the_feedback() -> None:
    judged = graded(gap("un", "Anna mangia ___ panino."), "Anna mangia uno panino")
    assert judged == GradedAnswer(AnswerVerdict.WRONG, "Instead of “uno” write “un”.")
