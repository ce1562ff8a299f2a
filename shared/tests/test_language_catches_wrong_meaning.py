"""Exercises are refused if their meaning, English or sense is wrong and students would learn the mistake."""

import pytest

from homework_shared.exercises.checks import Check
from homework_shared.exercises.exercise import Exercise, FillInBlank, Translation
from homework_shared.language.examine import problems

_EXPLANATION = "The word that the sentence opens with is the one to look at."


def found(exercise: Exercise) -> set[Check]:
    return {problem.check for problem in problems(exercise)}


def translation(english: str, italian: str) -> Exercise:
    return Translation(question=f"Translate: {english}", correct_answer=italian, explanation=_EXPLANATION)


def gap(question: str, answer: str) -> Exercise:
    return FillInBlank(question=question, correct_answer=answer, explanation=_EXPLANATION)


@pytest.mark.parametrize(
    ("english", "italian"),
    [
        ("The keys are under the chair.", "Le chiavi sono sulla sedia."),
        ("We will meet at half past eight.", "Ci vediamo alle otto e un quarto."),
        ("He sold his car last week.", "Ha comprato la sua macchina la settimana scorsa."),
        ("I drink coffee without sugar.", "Bevo il caffè con lo zucchero."),
        ("The shop opens at nine.", "Il negozio chiude alle nove."),
        ("She always comes with us.", "Lei non viene mai con noi."),
        ("They have breakfast in the garden.", "Pranzano in giardino."),
        ("The horse sleeps in the field.", "La mucca dorme nel campo."),
        ("She is wearing a blue dress.", "Porta un vestito rosso."),
        ("Our team won the match.", "La nostra squadra ha perso la partita."),
    ],
)
def test_a_translation_that_says_something_else_is_found(english: str, italian: str) -> None:
    assert Check.MEANING in found(translation(english, italian))


@pytest.mark.parametrize(
    ("english", "italian"),
    [
        ("The keys are under the chair.", "Le chiavi sono sotto la sedia."),
        ("As soon as possible, please.", "Il prima possibile, per favore."),
        ("Don't forget to call me.", "Ricordati di chiamarmi."),
        ("My older brother is at home.", "Il mio fratello maggiore è a casa."),
        ("The shop is close to the bank.", "Il negozio è vicino alla banca."),
        ("She left her bag on the train.", "Ha lasciato la borsa sul treno."),
        ("It is less expensive than that one.", "È più economico di quello."),
        ("He turned right at the church.", "Ha girato a destra alla chiesa."),
        ("After dinner we went out.", "Dopo cena siamo usciti."),
        ("In the end he spilled the beans.", "Alla fine ha vuotato il sacco."),
    ],
)
def test_a_right_translation_in_other_words_is_let_pass(english: str, italian: str) -> None:
    assert Check.MEANING not in found(translation(english, italian))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Mio padre ___ (lavorare) in una fattoria di scarpe.", "lavora"),
        ("Il sindaco ___ (indirizzare) la questione del traffico.", "indirizza"),
        ("Gli studenti ___ (chiedere) molte domande.", "chiedono"),
        ("Anna ___ (avere) poca confidenza in sé.", "ha"),
        ("Luca ___ (giocare) il violino.", "gioca"),
        ("Marco ___ (leggere) un magazzino sul divano.", "legge"),
        ("Noi ___ (salvare) soldi per il viaggio.", "salviamo"),
        ("Il successo ___ (dipendere) sulla fortuna.", "dipende"),
        ("I ragazzi ___ (pagare) attenzione.", "pagano"),
        ("Il bambino ___ (pretendere) di dormire.", "pretende"),
    ],
)
def test_italian_that_is_word_for_word_english_is_found(question: str, answer: str) -> None:
    assert Check.FALSE_FRIEND in found(gap(question, answer))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Apro la finestra perché ___ (avere) freddo.", "ho"),
        ("Il neonato ___ (guidare) piano.", "guida"),
        ("Il gatto ___ (leggere) il giornale.", "legge"),
        ("Se l'ombrello ___ (nutrire) dubbi, parla con un notaio.", "nutre"),
        ("Marco ___ (bere) un panino.", "beve"),
        ("Anna ___ (indossare) una pizza.", "indossa"),
        ("Luca ___ (guidare) una mela.", "guida"),
        ("Se piove, ___ (prendere) gli occhiali da sole.", "prendo"),
        ("Il sole ___ (sorgere) a mezzanotte.", "sorge"),
        ("La maestra ___ (insegnare) a nuotare al pane.", "insegna"),
    ],
)
def test_a_sentence_that_nobody_can_mean_is_found(question: str, answer: str) -> None:
    assert Check.SENSE in found(gap(question, answer))


@pytest.mark.parametrize(
    "english",
    [
        "Yesterday we have eaten at home.",
        "The book was written from my uncle.",
        "It depends from you.",
        "I go always to bed late.",
        "She didn't went home.",
        "Many friend live here.",
        "Is raining today.",
        "We go in holiday in August.",
        "He can went home.",
        "We met the last summer.",
    ],
)
def test_english_that_nobody_says_is_found(english: str) -> None:
    assert Check.ENGLISH in found(translation(english, "Questa frase non conta."))


@pytest.mark.parametrize(
    "question",
    [
        "Domani ___ (partire) con i miei amici e",
        "Ieri ___ (vedere) un film molto",
        "Example: Io vado. Anna ___ (partire) domani.",
        "Luca ___ (andare) al",
        "Noi ___ (mangiare) la pizza con.",
        "Question: Marco ___ (parlare) piano.",
        "**Anna** ___ (cantare) bene.",
        "Loro ___ (vivere) in una casa di",
        "Io ___ (stare) a casa perché",
        "Voi ___ (correre) nel parco quando",
    ],
)
def test_a_sentence_that_breaks_off_or_holds_another_text_is_found(question: str) -> None:
    assert Check.DEGENERATE in found(gap(question, "canto"))
