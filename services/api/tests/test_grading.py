"""Grading decides what is correct, almost correct or wrong, and what the student reads about it."""

import time
from typing import Any

import pytest

from homework_api.grading.grade import MOST_COMPARED, NO_ANSWER, grade
from homework_api.grading.translations import judge_translation
from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer
from homework_shared.exercises.exercise import Exercise, FillInBlank, MultipleChoice, Translation

SENTENCE = "Ieri noi ___ al mare. (andare)"
PREPOSITIONS = ("in", "a", "da", "e")


def gap(answer: str, question: str = SENTENCE) -> FillInBlank:
    return FillInBlank(question=question, correct_answer=answer, explanation="x")


def translation(answer: str) -> Translation:
    return Translation(question="Translate: …", correct_answer=answer, explanation="x")


def choice(answer: str, *options: str) -> MultipleChoice:
    fields: dict[str, Any] = {"question": "Vado ___ Roma.", "explanation": "x"}
    return MultipleChoice(correct_answer=answer, options=options, **fields)


def graded(exercise: Exercise, answer: str | None) -> GradedAnswer:
    [judged] = grade([exercise], [answer]).answers
    return judged


def accepting(exercise: Exercise, *answers: str) -> Exercise:
    return exercise.model_copy(update={"accepted_answers": answers})


@pytest.mark.parametrize(
    ("exercise", "given", "verdict"),
    [
        (accepting(gap("siamo andati"), "eravamo andati"), "eravamo andati", AnswerVerdict.CORRECT),
        (accepting(gap("siamo andati"), "eravamo là"), "eravamo la", AnswerVerdict.ALMOST),
        (accepting(gap("siamo andati"), "eravamo andati"), "andiamo", AnswerVerdict.WRONG),
        (accepting(translation("Sto bene."), "Mi sento bene."), "mi sento bene", AnswerVerdict.CORRECT),
        (accepting(choice("a", *PREPOSITIONS), "da"), "C", AnswerVerdict.CORRECT),
        (accepting(choice("a", *PREPOSITIONS), "da"), "in", AnswerVerdict.WRONG),
    ],
)
def test_an_accepted_answer_is_as_right_as_the_first_one(
    exercise: Exercise, given: str, verdict: AnswerVerdict
) -> None:
    assert graded(exercise, given).verdict is verdict


def test_the_opposite_of_the_first_answer_is_no_slip_in_another_one() -> None:
    first, other = (
        "In città fa più caldo di giorno che di notte.",
        "In città fa più caldo durante il giorno che di notte.",
    )
    exercise = accepting(translation(first), other)
    assert graded(exercise, "In città fa più caldo di notte che di giorno.").verdict is AnswerVerdict.WRONG
    assert (
        graded(exercise, "In città fa più caldo durante il giorno che di nottte.").verdict
        is AnswerVerdict.ALMOST
    )
    assert graded(exercise, other).verdict is AnswerVerdict.CORRECT


def test_of_dozens_of_accepted_answers_the_most_alike_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def judge(question: str, right: str, answer: str) -> GradedAnswer:
        judged.append(right)
        return judge_translation(question, right, answer)

    monkeypatch.setattr("homework_api.grading.grade.judge_translation", judge)
    others = [f"Marco compra {number} mele al mercato." for number in range(23)]
    exercise = accepting(
        translation("Compra Marco le mele."), *others, "Le mele, Marco le prende al mercato."
    )
    assert graded(exercise, "le mele, marco le prende al mercato").verdict is AnswerVerdict.CORRECT
    judged.clear()
    assert graded(exercise, "Oggi piove").verdict is AnswerVerdict.WRONG
    assert len(judged) == 1 + MOST_COMPARED


def test_the_feedback_of_a_wrong_answer_names_the_first_right_one() -> None:
    judged = graded(accepting(gap("siamo andati"), "eravamo andati"), "andiamo")
    assert "siamo andati" in judged.feedback
    assert "eravamo" not in judged.feedback


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


@pytest.mark.parametrize("blank", ["", "  ", None, "\N{ZERO WIDTH SPACE}"])
@pytest.mark.parametrize("exercise", [gap("è"), translation("Ciao."), choice("a", *PREPOSITIONS)])
def test_an_empty_answer_is_wrong_and_is_called_no_answer(exercise: Exercise, blank: str | None) -> None:
    assert graded(exercise, blank) == GradedAnswer(AnswerVerdict.WRONG, NO_ANSWER)


@pytest.mark.parametrize(
    "given",
    ["da", "Da!", "C", "c", "C)", "c.", " c ) ", "C) da", "C: da", "c. da", "C – da", "Vado da Roma."],
)
def test_an_option_is_chosen_by_its_text_or_its_letter(given: str) -> None:
    assert graded(choice("da", *PREPOSITIONS), given) == GradedAnswer(AnswerVerdict.CORRECT)


@pytest.mark.parametrize(("given", "meant"), [("a", "a"), ("A", "in"), ("A)", "in"), ("D", "e"), ("e", "e")])
def test_a_small_letter_is_an_option_before_it_is_a_letter_and_a_capital_is_the_letter(
    given: str, meant: str
) -> None:
    assert graded(choice(meant, *PREPOSITIONS), given).verdict is AnswerVerdict.CORRECT
    judged = graded(choice("da", *PREPOSITIONS), given)
    assert judged == GradedAnswer(AnswerVerdict.WRONG, f"Instead of “{meant}” write “da”.")


@pytest.mark.parametrize("given", ["per", "F", "a da", "E)", "Vado Roma."])
def test_an_answer_that_is_no_option_is_wrong_and_the_feedback_says_so(given: str) -> None:
    judged = graded(choice("da", "in", "su", "da", "con"), given)
    assert judged.verdict is AnswerVerdict.WRONG
    assert judged.feedback == f"“{given}” is none of the options. Expected: “da”."


def test_between_options_that_an_accent_tells_apart_the_accent_decides() -> None:
    exercise = choice("è", "e", "è", "ha", "hai")
    assert graded(exercise, "B").verdict is AnswerVerdict.CORRECT
    assert graded(exercise, "e").verdict is AnswerVerdict.WRONG
    assert "two different words" in graded(exercise, "e").feedback
    assert graded(exercise, "e'").verdict is AnswerVerdict.CORRECT


def test_an_option_that_only_its_capital_tells_apart_is_chosen_as_it_is_written() -> None:
    exercise = choice("Lei", "lei", "Lei", "tu", "voi")
    assert graded(exercise, "Lei").verdict is AnswerVerdict.CORRECT
    assert graded(exercise, "lei") == GradedAnswer(AnswerVerdict.WRONG, "Instead of “lei” write “Lei”.")
    assert graded(exercise, "LEI").verdict is AnswerVerdict.CORRECT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Io mangio una mela.", "mangio una mela"),
        ("Oggi noi siamo a casa e voi siete al mare", "Oggi siamo a casa e siete al mare"),
        ("Dov'è il bagno?", "Dove è il bagno?"),
        ("Anch'io studio", "Anche io studio"),
        ("Marco ed Elena", "Marco e Elena"),
        ("Esco col cane", "Esco con il cane"),
        ("L'ho visto ieri", "Lo ho visto ieri"),
        ("Quest'anno studio", "Questo anno studio"),
        ("Se hai tempo, tu laverai i piatti", "Se hai tempo, laverai i piatti"),
        ("Portando fuori il cane, io non ho dormito", "Portando fuori il cane non ho dormito"),
        ("La sera noi ci rilassiamo", "La sera ci rilassiamo"),
        ("Ogni giorno voi non la guardate", "Ogni giorno non la guardate"),
        ("Marco arriva tra un'ora", "Marco arriva fra un'ora"),
        ("Io chiamo la nonna e tu la saluti", "Chiamo la nonna e la saluti"),
        ("Lei mette la giacca", "Mette la giacca"),
        ("Loro verrebbero in macchina", "Verrebbero in macchina"),
        ("Io sono stanca", "Sono stanca"),
        ("Tu non le hai viste", "Non le hai viste"),
        ("Questa sera mangio a casa", "Stasera mangio a casa"),
        ("Vorrei un po' di pane", "Vorrei un poco di pane"),
    ],
)
def test_in_a_translation_what_a_writer_may_choose_is_correct_both_ways(one: str, other: str) -> None:
    assert graded(translation(one), other) == GradedAnswer(AnswerVerdict.CORRECT)
    assert graded(translation(other), one) == GradedAnswer(AnswerVerdict.CORRECT)


@pytest.mark.parametrize(
    ("expected", "given", "feedback"),
    [
        ("Lui mangia", "Lei mangia", "Instead of “Lei” write “Lui”."),
        ("Vado a casa con lei", "Vado a casa con", "Missing: “lei”."),
        ("Questa è la loro casa", "Questa è la casa", "Missing: “loro”."),
        ("Mangiamo sempre a casa", "Io mangiamo sempre a casa", "Not expected: “Io”."),
        ("La sera mangio a casa", "La sera tu mangio a casa", "Not expected: “tu”."),
        ("Mangiate a casa", "Loro mangiate a casa", "Not expected: “Loro”."),
        ("Marco viene con noi e mangiamo", "Marco viene con e mangiamo", "Missing: “noi”."),
        ("Ogni giorno anche io studio", "Ogni giorno anche studio", "Missing: “io”."),
        ("Di solito io e Marco studiamo", "Di solito e Marco studiamo", "Missing: “io”."),
        ("Marco vede noi alla stazione", "Marco vede alla stazione", "Missing: “noi”."),
        ("Il gatto dorme", "Il il gatto dorme", "Not expected: “il”."),
        ("Ieri siamo andati al mare", "Ieri abbiamo andato al mare",
         "Instead of “abbiamo andato” write “siamo andati”."),
        ("Il libro è qui", "Il libro e qui", "“e” means “and”, “è” means “is”: two different words."),
        ("Ho un'amica", "Ho un amica", "Instead of “un” write “un'”."),
        ("L'amica parla", "La amica parla", "Instead of “La” write “L'”."),
        ("Marco dorme sempre", "Sempre dorme Marco",
         "The right words in another order than “Marco dorme sempre”."),
        ("Buongiorno", "Buongorno", "Instead of “Buongorno” write “Buongiorno”."),
    ],
)  # fmt: skip
def test_a_translation_close_to_the_expected_one_is_almost_correct_and_what_differs_is_marked(
    expected: str, given: str, feedback: str
) -> None:
    assert graded(translation(expected), given) == GradedAnswer(AnswerVerdict.ALMOST, feedback)


@pytest.mark.parametrize(
    ("expected", "given", "marked"),
    [
        ("Non mangio carne", "Mangio carne", "“non” turns the meaning around."),
        ("Mangio carne", "Non mangio carne", "Not expected: “Non”."),
        ("nonno", "nonna", "Instead of “nonna” write “nonno”."),
        ("Vorrei un caffè", "Un gelato", "write “caffè”"),
        ("Vorrei un caffè", "I would like a coffee", "write "),
    ],
)
def test_another_meaning_is_wrong_and_what_differs_is_marked(expected: str, given: str, marked: str) -> None:
    judged = graded(translation(expected), given)
    assert judged.verdict is AnswerVerdict.WRONG
    assert marked in judged.feedback


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        (["è", "è", "è"], 100),
        (["è", "è", "e"], 83),
        (["è", "e", "x"], 50),
        (["e", "x", "x"], 17),
        (["x", "", None], 0),
        (["è"] + [""] * 7, 13),
    ],
)
def test_the_score_counts_an_almost_correct_answer_one_half(answers: list[str | None], score: int) -> None:
    assert grade([gap("è")] * len(answers), answers).score == score


def test_only_a_perfect_homework_scores_100_and_only_a_hopeless_one_0() -> None:
    exercises = [gap("è")] * 20
    assert grade(exercises, ["è"] * 19 + ["e"]).score < 100
    assert grade(exercises, ["e"] + ["x"] * 19).score > 0


@pytest.mark.parametrize("answer", ["b " * 499, "ﷺ" * 1000, "a" * 1000, "' " * 499 + "a", "-a" * 500])
@pytest.mark.parametrize("exercise", [translation("a b " * 249), gap("a", "___ " + "a " * 490)])
def test_the_longest_answers_cannot_keep_the_server_busy(exercise: Exercise, answer: str) -> None:
    started = time.process_time()
    grade([exercise] * 20, [answer] * 20)
    assert time.process_time() - started < 2


def english(question: str, answer: str) -> Translation:
    return Translation(question=f"Translate: {question}", correct_answer=answer, explanation="x")


@pytest.mark.parametrize(
    ("question", "expected", "given"),
    [
        ("Every evening I go to the cinema.", "Ogni sera vado al cinema.", "Vado al cinema ogni sera."),
        ("On Saturday we ate at home.", "Sabato abbiamo mangiato a casa.", "Abbiamo mangiato a casa sabato."),
        ("If it rains, we stay at home.", "Se piove, restiamo a casa.", "Restiamo a casa se piove."),
        ("Luca often talks about Sara.", "Luca parla spesso di Sara.", "Luca spesso parla di Sara."),
        ("Now I am waiting for a friend.", "Adesso aspetto un amico.", "Ora sto attendendo un'amica."),
        ("She went out with a friend.", "È uscita con un'amica.", "È uscita con un amico."),
        ("You (singular) close the door.", "Chiudi la porta.", "Lei chiude la porta."),
        ("Yesterday we went to Rome.", "Ieri siamo andati a Roma.", "Ieri siamo andate a Roma."),
        ("If he has money, he will buy it.", "Se ha soldi, lo comprerà.", "Se avrà soldi, lo comprerà."),
        ("The bread is cut by Anna.", "Il pane è tagliato da Anna.", "Il pane viene tagliato da Anna."),
        (
            "The town in which I live is old.",
            "La città in cui vivo è vecchia.",
            "La città dove vivo è vecchia.",
        ),
        ("The friends I go out with.", "Gli amici con cui esco.", "Gli amici con i quali esco."),
        ("In July it is hot.", "A luglio fa caldo.", "In luglio fa caldo."),
        ("I study Italian.", "Studio l'italiano.", "Studio italiano."),
        ("It is late.", "È tardi.", "E’ tardi."),
        ("It is late.", "È tardi.", "Translate: È tardi."),
    ],
)
def test_what_italian_leaves_free_is_right(question: str, expected: str, given: str) -> None:
    assert graded(english(question, expected), given) == GradedAnswer(AnswerVerdict.CORRECT)


@pytest.mark.parametrize(
    ("question", "expected", "given", "reason"),
    [
        (
            "There are more cats than dogs.",
            "Ci sono più gatti che cani.",
            "Ci sono più cani che gatti.",
            "turned",
        ),
        (
            "It is more true than new.",
            "È più vero che nuovo.",
            "È meno vero che nuovo.",
            "another comparison",
        ),
        ("I have 14 books.", "Ho quattordici libri.", "Ho quaranta libri.", "another number"),
        ("The fifth day.", "Il quinto giorno.", "Il quarto giorno.", "another number"),
        ("The song is sung by Anna.", "La canzone è cantata da Anna.", "Anna canta la canzone.", "passive"),
        ("The man whom I trust.", "L'uomo di cui mi fido.", "L'uomo che mi fido.", "relative pronoun"),
        ("My brother sleeps.", "Mio fratello dorme.", "Mia sorella dorme.", "means something else"),
        ("Luca sees Sara.", "Luca vede Sara.", "Marco vede Sara.", "Somebody else"),
        ("I always eat.", "Mangio sempre.", "Non mangio sempre.", "turns the meaning around"),
    ],
)
def test_what_says_something_else_is_wrong_however_like_it_looks(
    question: str, expected: str, given: str, reason: str
) -> None:
    judged = graded(english(question, expected), given)
    assert judged.verdict is AnswerVerdict.WRONG
    assert reason in judged.feedback


@pytest.mark.parametrize(
    ("question", "expected", "given"),
    [
        (
            "Se ha tempo, she reads. If she has time, she reads.",
            "Se ha tempo, legge.",
            "Se lui ha tempo, legge.",
        ),
        ("A friend is coming.", "Viene un vecchio amico.", "Viene una vecchio amico."),
        ("The girls with whom I go out.", "Le ragazze con cui esco.", "Le ragazze con i quali esco."),
        ("This year I study.", "Quest'anno studio.", "Questa anno studio."),
        ("You (singular) close the door.", "Chiudi la porta.", "Tu chiude la porta."),
    ],
)
def test_half_a_freedom_is_a_mistake(question: str, expected: str, given: str) -> None:
    assert graded(english(question, expected), given).verdict is AnswerVerdict.ALMOST


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


def test_feedback_names_the_apostrophe_that_is_too_much_or_missing() -> None:
    assert "Mind the apostrophe" in graded(english("Which is it?", "Qual è?"), "Qual'è?").feedback
    assert "Mind the apostrophe" in graded(english("Where is it?", "Dov'è?"), "Dov è?").feedback


def test_a_whole_sentence_is_not_repeated_in_the_feedback() -> None:
    judged = graded(gap("un", "Anna mangia ___ panino."), "Anna mangia uno panino")
    assert judged == GradedAnswer(AnswerVerdict.WRONG, "Instead of “uno” write “un”.")
