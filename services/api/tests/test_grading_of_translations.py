"""A translation may choose freely where Italian does, and is wrong where it says something else."""

import pytest
from tests.support.api.grading import accepting, english, graded, translation

from homework_api.grading.grade import MOST_COMPARED
from homework_api.grading.translations import judge_translation
from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer


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


def test_feedback_names_the_apostrophe_that_is_too_much_or_missing() -> None:
    assert "Mind the apostrophe" in graded(english("Which is it?", "Qual è?"), "Qual'è?").feedback
    assert "Mind the apostrophe" in graded(english("Where is it?", "Dov'è?"), "Dov è?").feedback
