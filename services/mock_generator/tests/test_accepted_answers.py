"""The answers that the mock generator accepts beside the first one, by kind.

Only a reader can judge whether each is right Italian. tests/contract compares them with the grading.
"""

import re
from collections.abc import Callable, Iterator

import pytest

from homework_mock_generator.content import Content
from homework_mock_generator.generate import MOST_ACCEPTED, MockGenerator
from homework_mock_generator.sentences import Sentence
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.exercises.messages import GenerateHomework

Corpus = dict[tuple[Grammar, CefrLevel], list[Sentence]]
MakeJob = Callable[..., GenerateHomework]


def sentences(corpus: Corpus, grammar: Grammar) -> Iterator[Sentence]:
    for level in CefrLevel:
        yield from corpus[grammar, level]


@pytest.mark.parametrize(
    ("grammar", "expected", "accepted"),
    [
        (Grammar.PASSIVE, "è visitato", "viene visitato"),
        (Grammar.PASSIVE, "sarebbero analizzati", "verrebbero analizzati"),
        (Grammar.PRESENT, "devono", "debbono"),
        (Grammar.FUTURE, "godrà", "goderà"),
        (Grammar.GERUND, "si stanno rilassando", "stanno rilassandosi"),
        (Grammar.PREPOSITIONS, "a", "ad"),
        (Grammar.PREPOSITIONS, "di", "d'"),
        (Grammar.NUMBERS_AND_TIME, "settanta", "settant'"),
        (Grammar.RELATIVE_PRONOUNS, "cui", "i quali"),
    ],
)
def test_a_gap_accepts_the_other_form(corpus: Corpus, grammar: Grammar, expected: str, accepted: str) -> None:
    answered = [sentence for sentence in sentences(corpus, grammar) if sentence.answer == expected]
    assert any(accepted in sentence.other_answers for sentence in answered)


@pytest.mark.parametrize(
    ("grammar", "expected", "accepted"),
    [
        (Grammar.PRESENT, r"Ogni sera (.*)\.", r"{} ogni sera."),
        (Grammar.HYPOTHETICAL, r"Se ha tempo, (.*)\.", r"Se avrà tempo, {}."),
        (Grammar.HYPOTHETICAL, r"Se avesse più tempo, (.*)\.", r"{} se avesse più tempo."),
        (Grammar.ARTICLES, r"Giulia cerca (.*)\.", r"Giulia sta cercando {}."),
        (Grammar.RELATIVE_PRONOUNS, r"Questo è l'ufficio in cui (.*)\.", r"Questo è l'ufficio dove {}."),
        (Grammar.RELATIVE_PRONOUNS, r"(.*) compagni con cui (.*)\.", r"Queste sono le compagne con cui {1}."),
        (Grammar.COMPARATIVES, r"Questo museo è il più (.*)\.", r"Questo è il museo più {}."),
        (Grammar.PREPOSITIONS, r"(.*) con un amico\.", r"{} con un'amica."),
        (Grammar.IMPERFETTO, r"Mentre (.*) vendeva (.*)\.", r"Mentre {} stava vendendo {}."),
        (Grammar.SUBJUNCTIVE_IMPERFECT, r"Magari (.*)!", r"Se solo {}!"),
        (Grammar.PASSIVE, r"La sera (.*) è guardato (.*)\.", r"{} viene guardato {} la sera."),
    ],
)  # fmt: skip
def test_a_translation_accepts_what_says_the_same(
    corpus: Corpus, grammar: Grammar, expected: str, accepted: str
) -> None:
    found = 0
    for sentence in sentences(corpus, grammar):
        match = re.fullmatch(expected, sentence.in_italian)
        wanted = match and accepted.format(*match.groups())
        found += wanted is not None and wanted.casefold() in map(str.casefold, sentence.otherwise_in_italian)
    assert found


def test_lei_is_accepted_where_english_says_you(corpus: Corpus) -> None:
    for sentence in sentences(corpus, Grammar.PRESENT):
        if sentence.english and "you (singular)" in sentence.english:
            assert any(re.search(r"\bLei\b", other) for other in sentence.otherwise_in_italian), sentence


def test_no_time_follows_a_clause_to_which_it_could_belong(corpus: Corpus) -> None:
    """In "Decide di partire ogni sera" the time belongs to the departure, and not to the decision."""
    moved = [
        other
        for sentence in sentences(corpus, Grammar.PRESENT)
        for other in sentence.otherwise_in_italian
        if re.search(r"\b\w+(?:are|ere|ire) (?:ogni \w+|la sera|la mattina)\.$", other)
    ]
    assert moved == []


def test_an_opener_stands_before_every_accepted_answer(content: Content, corpus: Corpus) -> None:
    opener = next(opener for opener in content.openers if opener.it == "in realtà,")
    sentence = next(s for s in sentences(corpus, Grammar.PRESENT) if s.other_translations and not s.fixed)
    opened = sentence.opened(opener)
    assert len(opened.otherwise_in_italian) == len(sentence.otherwise_in_italian)
    assert all(other.startswith("In realtà, ") for other in opened.otherwise_in_italian)


def test_the_answer_key_lists_a_bounded_number_of_accepted_answers(
    generator: MockGenerator, make_job: MakeJob
) -> None:
    for grammar in Grammar:
        for exercise in generator.write(make_job(grammar_focus=grammar, cefr_level="C2")):
            assert len(exercise.accepted_answers) <= MOST_ACCEPTED
            assert len({*exercise.right_answers}) == len(exercise.right_answers)
