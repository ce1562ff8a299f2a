"""Figures, times, pronouns, contracted English and remarks: where a student may write another form."""

import pytest
from tests.support.api.grading import choice, english, gap, graded

from homework_api.grading.verdicts import AnswerVerdict

CORRECT, ALMOST, WRONG = AnswerVerdict


@pytest.mark.parametrize(
    ("question", "expected", "given", "verdict"),
    [
        # figures, where the exercise does not ask for words
        ("The child is eight years old.", "Il bambino ha otto anni.", "Il bambino ha 8 anni.", CORRECT),
        ("He is thirty years old.", "Ha trent'anni.", "Ha 30 anni.", CORRECT),
        ("He is thirty years old.", "Ha 30 anni.", "Ha trent'anni.", CORRECT),
        ("He is thirty years old.", "Ha trent'anni.", "Ha 40 anni.", WRONG),
        ("It is the 3rd of May.", "È il tre maggio.", "È il 3 maggio.", CORRECT),
        ("It is the 1st of May.", "È il primo maggio.", "È il 1º maggio.", CORRECT),
        ("I have one brother.", "Ho un fratello.", "Ho 1 fratello.", CORRECT),
        ("It costs 40 euros. (in words)", "Costa quaranta euro.", "Costa 40 euro.", WRONG),
        ("We paid a lot.", "Abbiamo pagato mille euro.", "Abbiamo pagato 1000000000 euro.", WRONG),
        # the time of day
        ("I eat at a quarter to one.", "Mangio alle dodici e quarantacinque", "Mangio alle 12:45.", CORRECT),
        ("I eat at a quarter to eight.", "Mangio alle otto meno un quarto.", "Mangio alle 7.45", CORRECT),
        ("I eat at half past seven.", "Mangio alle sette e mezza.", "Mangio alle sette e trenta.", CORRECT),
        ("I eat at half past seven.", "Mangio alle sette e mezza.", "Mangio alle sette e un quarto.", WRONG),
        ("I eat at half past seven.", "Mangio alle sette e mezza.", "Mangio alle 8:30.", WRONG),
        ("I eat at 7:20. (in words)", "Mangio alle sette e venti.", "Mangio alle 7:20.", WRONG),
        ("I eat at 7:40. (in words)", "Ceno alle sette e quaranta.", "Ceno alle otto meno venti.", CORRECT),
    ],
)  # fmt: skip
def test_numbers_may_be_figures_unless_words_are_asked_for(
    question: str, expected: str, given: str, verdict: AnswerVerdict
) -> None:
    assert graded(english(question, expected), given).verdict is verdict


@pytest.mark.parametrize(
    ("question", "expected", "given", "verdict"),
    [
        ("I must call him.", "Devo chiamarlo.", "Lo devo chiamare.", CORRECT),
        ("I must call him.", "Lo devo chiamare.", "Devo chiamarlo.", CORRECT),
        ("I must call him.", "Devo chiamarlo.", "Devo lo chiamare.", ALMOST),
        ("I must call him.", "Devo chiamarlo.", "La devo chiamare.", ALMOST),
        ("He can show it to us.", "Può mostrarcelo.", "Ce lo può mostrare.", CORRECT),
        ("We begin to understand it.", "Cominciamo a capirlo.", "Lo cominciamo a capire.", CORRECT),
        ("Don't do it!", "Non farlo!", "Non lo fare!", CORRECT),
        ("You have to get up.", "Ti devi alzare.", "Devi alzarti.", CORRECT),
        # an object of another person is somebody else
        ("He helps me.", "Mi aiuta sempre.", "Ti aiuta sempre.", WRONG),
        ("He helps me.", "Mi aiuta sempre.", "Lo aiuta sempre.", WRONG),
        ("He wants to help us.", "Vuole aiutarci.", "Vuole aiutarmi.", WRONG),
        ("He brings it to me.", "Me lo porta domani.", "Te lo porta domani.", WRONG),
        # a reflexive pronoun goes with its verb, and both are then of a wrong person
        ("We get up early.", "Ci alziamo sempre presto.", "Mi alzo sempre presto.", ALMOST),
        ("We have to get up.", "Domani mattina dobbiamo alzarci.", "Domani mattina dovete alzarvi.", ALMOST),
        # a pronoun does not stand behind its verb
        ("Every day Anna reads it.", "Ogni giorno Anna lo legge.", "Ogni giorno Anna legge lo.", ALMOST),
    ],
)  # fmt: skip
def test_pronouns_stand_where_italian_lets_them_and_name_the_same_person(
    question: str, expected: str, given: str, verdict: AnswerVerdict
) -> None:
    assert graded(english(question, expected), given).verdict is verdict


@pytest.mark.parametrize(
    ("question", "expected", "given", "verdict"),
    [
        ("Nobody called me.", "Nessuno mi ha chiamato.", "Non mi ha chiamato nessuno.", CORRECT),
        ("Nothing has changed.", "Non è cambiato niente.", "Niente è cambiato.", CORRECT),
        ("Nobody called me.", "Nessuno mi ha chiamato.", "Non nessuno mi ha chiamato.", ALMOST),
        ("Nobody called me.", "Non mi ha chiamato nessuno.", "Mi ha chiamato nessuno.", ALMOST),
        ("Nobody called me.", "Nessuno mi ha chiamato.", "Qualcuno mi ha chiamato.", WRONG),
        ("He has seen nobody.", "Non ha visto nessuno.", "Nessuno ha visto.", ALMOST),
        ("I see nothing.", "Non vedo niente.", "Vedo tutto.", WRONG),
        ("Nobody says he isn't coming.", "Nessuno dice che non viene.", "Nessuno dice che viene.", WRONG),
    ],
)  # fmt: skip
def test_nobody_stands_before_the_verb_or_after_it_with_a_second_negation(
    question: str, expected: str, given: str, verdict: AnswerVerdict
) -> None:
    assert graded(english(question, expected), given).verdict is verdict


@pytest.mark.parametrize(
    ("question", "expected", "given", "verdict"),
    [
        ("I’m writing to Anna.", "Scrivo a Anna.", "Sto scrivendo ad Anna.", CORRECT),
        ("They're sleeping here.", "Dormono qui.", "Stanno dormendo qui.", CORRECT),
        ("She's singing well.", "Canta bene.", "Sta cantando bene.", CORRECT),
        ("If I have time, I'll stay.", "Se ho tempo, resterò.", "Se avrò tempo, resterò.", CORRECT),
        ("We've already been there.", "Siamo già stati lì.", "Siamo già state lì.", CORRECT),
        ("Have you ever been invited?", "Sei mai stato invitato?", "Sei mai stata invitata?", CORRECT),
        ("The neighbor is singing.", "Il vicino canta.", "La vicina sta cantando.", CORRECT),
        ("The bell rang.", "La campanella ha squillato.", "La campanella è squillata.", CORRECT),
        ("He has lived a lot.", "Ha vissuto molto.", "È vissuto molto.", CORRECT),
        ("He has eaten a lot.", "Ha mangiato molto.", "È mangiato molto.", ALMOST),
        ("She is as kind as you.", "È gentile come te.", "È tanto gentile quanto te.", CORRECT),
        ("She is as kind as you.", "È così gentile come te.", "È gentile come te.", CORRECT),
        ("She is as kind as you.", "È gentile come te.", "È più gentile di te.", WRONG),
        ("It is the oldest church.", "È la chiesa più antica.", "È la più antica chiesa.", CORRECT),
        ("It is the oldest church.", "È la più antica chiesa.", "È la chiesa più antica.", CORRECT),
        ("It is the oldest church.", "È la chiesa più antica.", "È la chiesa meno antica.", WRONG),
        ("You don't like fish.", "Non ti piace il pesce.", "Il pesce non ti piace.", CORRECT),
        ("When I read, he comes.", "Quando leggo, arriva Ugo.", "Ugo arriva quando leggo.", CORRECT),
        ("The students laugh.", "Gli studenti ridono.", "Le studentesse ridono.", CORRECT),
        ("Mrs Neri is right.", "La signora Neri ha ragione.", "La sig.ra Neri ha ragione.", CORRECT),
        ("Mrs Neri is right.", "La signora Neri ha ragione.", "Il sig. Neri ha ragione.", WRONG),
        ("Mr Neri is right.", "Il signor Neri ha ragione.", "La signora Neri ha ragione.", WRONG),
        ("Dr Neri is right.", "Il dottor Neri ha ragione.", "Il dott. Neri ha ragione.", CORRECT),
        ("Marco's sister is tall.", "La sorella di Marco è alta.", "Marco è alto.", WRONG),
        ("My uncle's house is big.", "La casa di mio zio è molto grande.", "La casa è molto grande.", WRONG),
    ],
)  # fmt: skip
def test_forms_that_english_leaves_open_are_free(
    question: str, expected: str, given: str, verdict: AnswerVerdict
) -> None:
    assert graded(english(question, expected), given).verdict is verdict


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ("siamo andati (we went)", CORRECT),
        ("siamo andati (passato prossimo)", CORRECT),
        ("siamo andati = we went", CORRECT),
        ("siamo andati - plural", CORRECT),
        ("siamo andati perché il soggetto è plurale", CORRECT),
        ("siamo andati, because noi is plural", CORRECT),
        ("La risposta è siamo andati", CORRECT),
        ("Answer: siamo andati", CORRECT),
        ("siamo andati / siamo andati", CORRECT),
        ("sìamo andati (we went)", ALMOST),
        ("siamo andato (we went)", WRONG),
        ("siamo andati (abbiamo andato)", WRONG),
        ("siamo andati - siamo andate", WRONG),
        ("siamo andati / andiamo", WRONG),
        ("siamo andati oppure andiamo", WRONG),
        ("perché siamo andati", WRONG),
        ("(we went)", WRONG),
        ("loro siamo andati", WRONG),
    ],
)
def test_a_remark_beside_an_answer_does_not_count_and_a_second_answer_does(
    given: str, verdict: AnswerVerdict
) -> None:
    assert graded(gap("siamo andati"), given).verdict is verdict


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ("Ho due gatti / I have two cats", WRONG),
        ("Ho due gatti (I have two cats)", CORRECT),
        ("Ho due gatti / Io ho due gatti", CORRECT),
        ("Ho due gatti oppure ho due cani", WRONG),
        ("Ho due gatti perché mi piacciono", WRONG),
    ],
)
def test_a_translation_may_be_given_twice_if_both_are_right(given: str, verdict: AnswerVerdict) -> None:
    assert graded(english("I have two cats.", "Ho due gatti."), given).verdict is verdict


@pytest.mark.parametrize(
    ("question", "expected", "given", "verdict"),
    [
        ("Mia sorella ___ (leggere) molto.", "legge", "lei legge", CORRECT),
        ("Mia sorella ___ (leggere) molto.", "legge", "io legge", WRONG),
        ("Credo che lui ___ (leggere) molto.", "legga", "io legga", WRONG),
        ("Anna? ___ (her) ho sentita ieri.", "L'", "La", CORRECT),
        ("Anna? ___ (her) ho sentita ieri.", "L'", "Lo", WRONG),
        ("Ecco ___ (the) ombra.", "l'", "la", WRONG),
        ("Costa ___ (38, in words) euro.", "trentotto", "trenta otto", ALMOST),
        ("Costa ___ (38, in words) euro.", "trentotto", "trenta sette", WRONG),
        ("Costa ___ (38, in words) euro.", "trentotto", "38", WRONG),
    ],
)
def test_a_gap_takes_its_subject_and_the_full_form_of_its_pronoun(
    question: str, expected: str, given: str, verdict: AnswerVerdict
) -> None:
    assert graded(gap(expected, question), given).verdict is verdict


@pytest.mark.parametrize(
    ("options", "given", "verdict"),
    [
        (("in", "a", "per", "da"), "la B", CORRECT),
        (("in", "a", "per", "da"), "Risposta B", CORRECT),
        (("in", "a", "per", "da"), "the answer is B.", CORRECT),
        (("in", "a", "per", "da"), "2", CORRECT),
        (("in", "a", "per", "da"), "2)", CORRECT),
        (("in", "a", "per", "da"), "a (to Rome)", CORRECT),
        (("in", "a", "per", "da"), "B perché è una città", CORRECT),
        (("in", "a", "per", "da"), "3", WRONG),
        (("in", "a", "per", "da"), "5", WRONG),
        (("in", "a", "per", "da"), "la C", WRONG),
        (("in", "a", "per", "da"), "a / in", WRONG),
        (("in", "a", "per", "da"), "la", WRONG),
        (("due", "a", "tre", "quattro"), "2", CORRECT),
        (("uno", "due", "tre", "quattro"), "1", WRONG),
    ],
)
def test_an_option_is_named_in_words_or_by_its_place(
    options: tuple[str, str, str, str], given: str, verdict: AnswerVerdict
) -> None:
    assert graded(choice("a" if "a" in options else "due", *options), given).verdict is verdict
