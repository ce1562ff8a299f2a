"""The topic, the level and the grammar of an exercise are compared with the request."""

import pytest

from homework_shared.exercises.checks import Check
from homework_shared.exercises.exercise import (
    CefrLevel,
    Exercise,
    FillInBlank,
    MultipleChoice,
    Translation,
)
from homework_shared.language.asked import Asked
from homework_shared.language.checks import level, practised, topic
from homework_shared.language.examine import problems
from homework_shared.language.reading.parsed import Parsed

A1, A2, B1, B2, C1, C2 = CefrLevel


def gap(question: str, answer: str, why: str = "") -> Exercise:
    why = why or f"“{answer}” is the form of the present."
    return FillInBlank(question=question, correct_answer=answer, explanation=why)


def translation(english: str, italian: str, why: str) -> Exercise:
    return Translation(question=f"Translate: {english}", correct_answer=italian, explanation=why)


def choice(question: str, answer: str, others: tuple[str, str, str], why: str) -> Exercise:
    first, second, third = others
    return MultipleChoice(
        question=question, correct_answer=answer, options=(first, answer, second, third), explanation=why
    )


PAST = "The passato prossimo is an auxiliary in the present with the past participle."
LASTING = "“Stavo leggendo” is what went on when something else happened."
UNREAL = "“Sarebbe andato” is the past conditional: it did not happen."
AGREES = "The adjective agrees with its noun in gender and number."
A_MATCH = gap(
    "L'arbitro ha fischiato e i tifosi allo stadio ___ (festeggiare, passato prossimo) il gol.",
    "hanno festeggiato", PAST,
)  # fmt: skip
COMET = gap("Gli astronomi ___ (scoprire, passato prossimo) una nuova cometa.", "hanno scoperto", PAST)
A_COOK = gap("Il cuoco ___ (tagliare, presente) i pomodori e prepara il sugo.", "taglia")
A_SURGEON = translation(
    "The surgeon has finished and the nurses leave the hospital.",
    "Il chirurgo ha finito e gli infermieri lasciano l'ospedale.", PAST,
)  # fmt: skip
AN_ORCHESTRA = choice(
    "L'orchestra ___ una sinfonia di Beethoven.",
    "ha suonato",
    ("ha suonata", "è suonata", "hai suonato"),
    PAST,
)
THE_EMPEROR = gap(
    "L'imperatore ___ (combattere, passato prossimo) contro gli Etruschi.", "ha combattuto", PAST
)
THE_PARLIAMENT = gap("I deputati e i senatori ___ (discutere, presente) in parlamento.", "discutono")
A_STORM = gap("Da due ore ___ (grandinare, presente): che brutto temporale!", "grandina")
A_CLASS = gap("La professoressa ___ (dare, presente) un esame agli studenti del liceo.", "dà")
THE_RELATIVES = gap(
    "Mio padre ___ (avere, presente) due fratelli e una sorella, mia madre una zia.",
    "ha",
)


def is_found(check: Check, exercise: Exercise, asked: Asked) -> bool:
    families = {Check.TOPIC: topic, Check.LEVEL: level, Check.GRAMMAR_PRACTISED: practised}
    found = families[check].problems(Parsed(exercise, asked))
    return any(problem.check is check for problem in found)


@pytest.mark.parametrize(
    ("exercise", "asked"),
    [
        (A_MATCH, "food"),
        (A_MATCH, "il cibo italiano"),
        (COMET, "sport"),
        (A_COOK, "sport"),
        (A_SURGEON, "school"),
        (AN_ORCHESTRA, "food"),
        (THE_EMPEROR, "shopping"),
        (THE_PARLIAMENT, "health"),
        (A_STORM, "work"),
        (A_CLASS, "shopping"),
        (THE_RELATIVES, "sport"),
    ],
)
def test_a_sentence_that_is_plainly_about_something_else_is_found(exercise: Exercise, asked: str) -> None:
    assert is_found(Check.TOPIC, exercise, Asked(B1, None, asked))


@pytest.mark.parametrize(
    ("exercise", "asked"),
    [
        # The requested topic is there too, or the two topics go together.
        (
            gap("Allo stadio i tifosi ___ (mangiare, passato prossimo) un gelato.", "hanno mangiato", PAST),
            "food",
        ),
        (translation("The referee has a fever.", "L'arbitro ha la febbre.", AGREES), "health"),
        (
            gap("Nel 1982 i tifosi ___ (riempire, passato prossimo) gli stadi.", "hanno riempito", PAST),
            "history",
        ),
        (A_COOK, "home"),
        (A_COOK, "work"),
        (AN_ORCHESTRA, "leisure"),
        (THE_EMPEROR, "culture"),
        # The free text names two topics, or none of ours.
        (A_MATCH, "food and football"),
        (A_MATCH, "the history of football"),
        (COMET, "animals"),
        (A_COOK, "nature"),
        (COMET, "culture: the universe"),
        # Everyday life fits every topic, and a single word of another topic does not count.
        (
            gap("Mio fratello ___ (comprare, passato prossimo) un libro.", "ha comprato", PAST),
            "sport",
        ),
        (gap("La squadra ___ (vincere, passato prossimo) ancora.", "ha vinto", PAST), "food"),
        (
            translation(
                "Yesterday we went to the beach and swam all afternoon.",
                "Ieri siamo andati in spiaggia e abbiamo nuotato tutto il pomeriggio.",
                PAST,
            ),
            "leisure",
        ),
    ],
)
def test_a_sentence_that_may_be_about_the_topic_is_let_pass(exercise: Exercise, asked: str) -> None:
    assert problems(exercise, Asked(B1, None, asked)) == []


@pytest.mark.parametrize(
    ("exercise", "at", "focus"),
    [
        (gap("Qualora piova, ___ (il) amico resta a casa.", "l'", AGREES), A1, "articles"),
        (
            gap("Vorrei che tu fossi ___ (a) casa con me.", "a", "With “casa” one says “a”."),
            A1, "prepositions",
        ),
        (
            gap("Dante scrisse ___ (un) libro famoso.", "un", AGREES), A1, "articles"
        ),
        (
            gap("Se l'avesse saputo, Marco avrebbe preso ___ (un) ombrello.", "un", AGREES), A1, "articles"
        ),
        (
            gap("Benché sia tardi, le scarpe ___ (nuovo) sono qui.", "nuove", AGREES), A1, "adjectives"
        ),
        (
            translation(
                "When they had finished, they went out.", "Quando ebbero finito, uscirono di casa.", PAST
            ),
            A2, "passato prossimo",
        ),
        (
            gap("Non sapevo che loro avessero perso ___ (il) treno.", "il", AGREES), A2, "articles"
        ),
        (
            gap("Il signore che abita nella casa vicino alla scuola di mio fratello e che lavora in un"
                " ufficio del centro compra ogni giorno il giornale ___ (in) edicola.", "in",
                "With “edicola” one says “in”."),
            A1, "prepositions",
        ),
        (gap("Io ___ (mangiare, presente) la mela rossa.", "mangio"), C2, "present"),
        (translation("My house is big and beautiful.", "La mia casa è grande e bella.", AGREES), C1, None),
        (
            gap("Io ___ (essere, presente) italiana e ho due fratelli.", "sono", AGREES),
            C2, "verbi irregolari",
        ),
    ],
)  # fmt: skip
def test_an_exercise_that_is_far_from_the_level_is_found(
    exercise: Exercise, at: CefrLevel, focus: str | None
) -> None:
    assert is_found(Check.LEVEL, exercise, Asked(at, focus))


@pytest.mark.parametrize(
    ("exercise", "at", "focus"),
    [
        # These nouns and adjectives are spelt like forms of a rare tense.
        (gap("In centro ci sono quattro ___ (chiesa).", "chiese", AGREES), A1, "nouns"),
        (gap("Anna ha sempre ___ (il) stesse scarpe.", "le", AGREES), A1, "articles"),
        (
            gap("Gli operai lavorano ___ (in) fabbrica.", "in", "With “fabbrica” one says “in”."),
            A1, "prepositions",
        ),
        # These phrases belong to the first lessons.
        (gap("Vorrei ___ (un) caffè, per favore.", "un", AGREES), A1, "articles"),
        (gap("Scusi, potrebbe chiudere ___ (il) finestra?", "la", AGREES), A1, "articles"),
        # A request above the level is fulfilled.
        (
            gap("Penso che Marco ___ (avere, congiuntivo presente) ragione.", "abbia",
                "After “penso che” the verb stands in the subjunctive."),
            A1, "congiuntivo",
        ),
        # Several short sentences do not count as a long one.
        (
            gap("Buongiorno, signora! Come sta oggi? Io sto bene, grazie. Vado al mercato con mia sorella."
                " Compriamo ___ (il) frutta e il pane.", "la", AGREES),
            A1, "articles",
        ),
        # Short sentences are allowed at C1 and C2.
        (
            gap("Un giorno Giulia ___ (le tradizioni del suo paese) studia.", "le",
                "“Le” stands for a feminine plural object, before the verb."),
            C2, "direct pronouns",
        ),
        (
            gap("Marco si affeziona ___ (to) un cane.", "a", "“Affezionarsi” takes the preposition “a”."),
            C1, "prepositions",
        ),
        (
            gap("Le onde ___ (essere, presente) alte.", "sono"), A2, "present"
        ),
    ],
)  # fmt: skip
def test_an_exercise_that_may_be_of_the_level_is_let_pass(
    exercise: Exercise, at: CefrLevel, focus: str
) -> None:
    assert problems(exercise, Asked(at, focus)) == []


@pytest.mark.parametrize(
    ("exercise", "focus"),
    [
        (gap("Ieri Anna ___ (andare) al mare.", "andava", PAST), "passato prossimo"),
        (gap("Al tuo posto io ___ (andare) dal medico.", "andrei", PAST), "congiuntivo presente"),
        (gap("Nel 1861 l'Italia ___ (diventare) un regno.", "è diventata", PAST), "passato remoto"),
        (gap("Domani noi ___ (partire) per Roma.", "partiamo"), "futuro semplice"),
        (choice("Marco abita ___ Roma.", "a", ("in", "di", "su"), "Cities take “a”."), "passato prossimo"),
        (choice("Ho comprato ___ zaino.", "uno", ("un", "una", "un'"), AGREES), "presente"),
        (choice("___ zaino è nuovo.", "Lo", ("Il", "La", "I"), AGREES), "presente"),
        (gap("Anna ___ (leggere) un libro.", "legge"), "passive"),
        (gap("Ogni giorno Luca ___ (mangiare) una mela.", "mangia"), "prepositions"),
        (gap("Le scarpe sono ___ (nuovo).", "nuove", AGREES), "articles"),
        (gap("Ogni sera noi ___ (guardare) un film.", "guardiamo"), "adjectives"),
        (gap("I ragazzi ___ (giocare) in cortile.", "giocano"), "nouns"),
        (gap("Anna va ___ (to) scuola.", "a", "With “scuola” one says “a”."), "direct pronouns"),
        (
            translation("Luca writes a letter.", "Luca scrive una lettera.", AGREES),
            "congiuntivo imperfetto",
        ),
    ],
)
def test_a_grammar_that_was_not_asked_for_is_found(exercise: Exercise, focus: str) -> None:
    assert is_found(Check.GRAMMAR_PRACTISED, exercise, Asked(B1, focus))


@pytest.mark.parametrize(
    ("exercise", "at", "focus"),
    [
        (
            gap("Quando siamo arrivati, Giulia ___ (uscire, trapassato prossimo).", "era uscita",
                "The trapassato prossimo is the imperfetto of “essere” with the participle."),
            B2, "passato prossimo",
        ),
        (
            translation("We have undergone an operation.", "Noi abbiamo subito un'operazione.", PAST),
            B1, "passato prossimo",
        ),
        (
            gap("Noi ___ (subire, passato prossimo) un'operazione.", "abbiamo subito", PAST),
            B1, "passato prossimo",
        ),
        (
            gap("Anna ha ___ (scrivere, participio passato) una lettera.", "scritto", PAST),
            A2, "passato prossimo",
        ),
        (
            choice("Le ricevute ___ conservate per cinque anni.", "vanno", ("fanno", "stanno", "hanno"),
                   "“Andare” with a past participle is a passive that expresses an obligation."),
            B2, "passivo con andare",
        ),
        (
            choice("Il libro è stato scritto ___ Marco.", "da", ("di", "a", "su"),
                   "“Da” names who acts in a passive."),
            B2, "passive",
        ),
        (
            gap("Studio l'italiano ___ (since) due anni.", "da", "With the present “da” tells since when."),
            A2, "presente con da",
        ),
        (
            gap("Le mele? Le ho ___ (comprare) io.", "comprate", "It agrees with “le”, which is before it."),
            B1, "direct pronouns",
        ),
        (
            gap("Se avessi tempo, io ___ (venire, condizionale) con te.", "verrei",
                "A possible condition takes the conditional in the main clause."),
            B1, "hypothetical",
        ),
        (gap("Questa torta è ___ (buono, superlativo).", "buonissima", AGREES), A2, "superlativi"),
        (gap("Mentre ___ (leggere, io), Marco dormiva.", "stavo leggendo", LASTING), B1, "imperfetto"),
        (gap("Con più tempo, Marco ___ (andare) via.", "sarebbe andato", UNREAL), B2, "condizionale"),
        (
            gap("In questo momento Luca ___ (leggere, stare + gerundio) un libro.", "sta leggendo",
                "“Stare” with the gerund tells what is going on."),
            A2, "gerund",
        ),
        (gap("Il treno parte alle ___ (18, in words).", "diciotto", "18 is “diciotto”."), A1, "numbers"),
        (gap("Le scarpe sono ___ (pulito).", "pulite", AGREES), A1, "adjectives"),
        (
            gap("Signora, ___ (prendere, imperativo, Lei) un caffè!", "prenda",
                "The imperative of “Lei” is the subjunctive."),
            A2, "imperative",
        ),
    ],
)  # fmt: skip
def test_an_exercise_that_may_practise_what_was_asked_for_is_let_pass(
    exercise: Exercise, at: CefrLevel, focus: str
) -> None:
    assert problems(exercise, Asked(at, focus)) == []
