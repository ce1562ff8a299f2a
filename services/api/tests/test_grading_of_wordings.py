"""Free choices of wording in a translation are correct, and a different meaning is wrong."""

import pytest

from homework_api.grading.grade import grade
from homework_api.grading.verdicts import AnswerVerdict
from homework_shared.exercises.exercise import FillInBlank, Translation


def verdict(english: str, expected: str, given: str) -> AnswerVerdict:
    exercise = Translation(question=f"Translate: {english}", correct_answer=expected, explanation="x")
    return grade([exercise], [given]).answers[0].verdict


def verdict_of_gap(question: str, expected: str, given: str) -> AnswerVerdict:
    exercise = FillInBlank(question=question, correct_answer=expected, explanation="x")
    return grade([exercise], [given]).answers[0].verdict


@pytest.mark.parametrize(
    ("english", "expected", "given"),
    [
        (
            "If it rains, we stay at home.",
            "Se piove, restiamo a casa.",
            "Restiamo a casa se piove.",
        ),
        (
            "By reading a lot, Marco has learned Italian.",
            "Leggendo molto, Marco ha imparato l'italiano.",
            "Marco ha imparato l'italiano leggendo molto.",
        ),
        (
            "Even though he was tired, Luca went out.",
            "Pur essendo stanco, Luca è uscito.",
            "Luca è uscito pur essendo stanco.",
        ),
        (
            "Tomorrow Marco is going to the seaside with Anna.",
            "Domani Marco va al mare con Anna.",
            "Marco va con Anna al mare domani.",
        ),
    ],
)
def test_clauses_and_two_phrases_may_stand_elsewhere(english: str, expected: str, given: str) -> None:
    assert verdict(english, expected, given) is AnswerVerdict.CORRECT


@pytest.mark.parametrize(
    ("english", "expected", "given"),
    [
        ("Anna is less tall than Luca.", "Anna è meno alta di Luca.", "Anna non è così alta come Luca."),
        ("It is less cold than the sea.", "È meno fredda del mare.", "Non è fredda come il mare."),
        ("In the past we used to read.", "Un tempo leggevamo.", "Un tempo eravamo soliti leggere."),
        ("He has lived here for ten years.", "Vive qui da dieci anni.", "Sono dieci anni che vive qui."),
        ("Here are the books I read.", "Ecco i libri che ho letto.", "Ecco i libri che ho letti."),
        ("Paolo takes part in the race.", "Paolo partecipa alla gara.", "Paolo prende parte alla gara."),
        ("There are two hotels.", "Esistono due alberghi.", "Ci sono due alberghi."),
        ("In Elena's place, I would go.", "Al posto di Elena andrei.", "Nei panni di Elena andrei."),
    ],
)  # fmt: skip
def test_what_is_built_otherwise_and_says_the_same_is_right(english: str, expected: str, given: str) -> None:
    assert verdict(english, expected, given) is AnswerVerdict.CORRECT


def test_what_is_not_as_much_is_not_more() -> None:
    english, expected = "Anna is less tall than Luca.", "Anna è meno alta di Luca."
    assert verdict(english, expected, "Luca non è così alto come Anna.") is AnswerVerdict.WRONG
    assert verdict(english, expected, "Anna è alta come Luca.") is AnswerVerdict.WRONG


@pytest.mark.parametrize(
    ("english", "expected", "given"),
    [
        ("Paolo and Anna are singing.", "Paolo e Anna cantano.", "Anna e Paolo cantano."),
        ("The bread and the milk are here.", "Il pane e il latte sono qui.", "Il latte e il pane sono qui."),
        ("It is an ancient city.", "È una città antica.", "È un'antica città."),
        ("She bought a new car.", "Ha comprato una macchina nuova.", "Ha comprato una nuova macchina."),
    ],
)
def test_two_of_a_kind_and_an_adjective_and_its_noun_stand_in_either_order(
    english: str, expected: str, given: str
) -> None:
    assert verdict(english, expected, given) is not AnswerVerdict.WRONG
    if "un'" not in given:  # The article before "antica" is a different word, which costs half.
        assert verdict(english, expected, given) is AnswerVerdict.CORRECT


def test_the_hours_and_the_minutes_are_no_pair() -> None:
    one, other = "Il treno parte alle cinque e dieci.", "Il treno parte alle dieci e cinque."
    assert verdict("The train leaves at 5:10.", one, other) is AnswerVerdict.WRONG


@pytest.mark.parametrize(
    ("english", "expected", "given", "fair"),
    [
        ("The doctor is tired.", "Il medico è stanco.", "La dottoressa è stanca.", AnswerVerdict.CORRECT),
        ("This is the teacher.", "Questo è il professore.", "Questa è l'insegnante.", AnswerVerdict.CORRECT),
        (
            "A colleague phoned.",
            "Un collega ha telefonato.",
            "Una collega ha telefonato.",
            AnswerVerdict.CORRECT,
        ),
        ("My brother is tired.", "Mio fratello è stanco.", "Mia sorella è stanca.", AnswerVerdict.WRONG),
    ],
)
def test_whose_gender_english_leaves_open_may_be_of_either_with_all_that_agrees(
    english: str, expected: str, given: str, fair: AnswerVerdict
) -> None:
    assert verdict(english, expected, given) is fair


def test_a_gender_that_is_open_is_the_same_in_the_whole_sentence() -> None:
    given = "Questo è la dottoressa."
    assert verdict("This is the doctor.", "Questo è il medico.", given) is not AnswerVerdict.CORRECT


@pytest.mark.parametrize(
    ("english", "expected", "given"),
    [
        ("The uncle is older than Luca.", "Lo zio è più vecchio di Luca.", "Luca è più vecchio dello zio."),
        ("The cake is eaten by Luca.", "La torta è mangiata da Luca.", "Luca è mangiato dalla torta."),
        ("The dog follows the cat.", "Il cane segue il gatto.", "Il gatto segue il cane."),
    ],
)  # fmt: skip
def test_who_does_it_to_whom_is_not_turned_around(english: str, expected: str, given: str) -> None:
    assert verdict(english, expected, given) is AnswerVerdict.WRONG


@pytest.mark.parametrize(
    ("english", "expected", "given"),
    [
        ("Anna opens the window.", "Anna apre la finestra.", "Anna chiude la finestra."),
        ("We have forgotten the keys.", "Abbiamo dimenticato le chiavi.", "Abbiamo ricordato le chiavi."),
        ("The answer is useful.", "La risposta è utile.", "La risposta è inutile."),
        ("They got up late.", "Si sono alzati tardi.", "Si sono alzati presto."),
        ("I sleep at least an hour.", "Dormo almeno un'ora.", "Dormo al massimo un'ora."),
        ("The exam went well.", "L'esame è andato bene.", "L'esame è andato male."),
        ("We are having dinner at nine.", "Facciamo cena alle nove.", "Facciamo colazione alle nove."),
    ],
)  # fmt: skip
def test_the_opposite_of_a_word_is_never_almost_right(english: str, expected: str, given: str) -> None:
    assert verdict(english, expected, given) is AnswerVerdict.WRONG


@pytest.mark.parametrize(
    ("english", "expected", "given"),
    [
        ("My sister met Marco.", "Mia sorella ha incontrato Marco.", "Mia sorella è incontrato Marco."),
        ("The door is opened by Anna.", "La porta è aperta da Anna.", "La porta è aperta di Anna."),
        ("He knows a good wine.", "Conosce un buon vino.", "Conosce un buono vino."),
        ("The lesson ends at eleven.", "La lezione finisce alle undici.", "La lezione finisce alle undicci."),
    ],
)
def test_a_slip_beside_the_point_is_almost_right(english: str, expected: str, given: str) -> None:
    assert verdict(english, expected, given) is AnswerVerdict.ALMOST


@pytest.mark.parametrize(
    ("expected", "given", "fair"),
    [
        ("settantadue", "setantadue", AnswerVerdict.ALMOST),
        ("settantadue", "sessantadue", AnswerVerdict.WRONG),
        ("sei", "sai", AnswerVerdict.WRONG),
    ],
)
def test_a_misspelt_number_is_almost_right_and_another_number_is_wrong(
    expected: str, given: str, fair: AnswerVerdict
) -> None:
    assert verdict_of_gap("Ho ___ (number) anni.", expected, given) is fair


def test_a_preposition_may_be_elided_before_a_vowel_alone() -> None:
    assert verdict_of_gap("Parla ___ (of) un amico.", "di", "d'") is AnswerVerdict.CORRECT
    assert verdict_of_gap("Parla ___ (of) Marco.", "di", "d'") is not AnswerVerdict.CORRECT
