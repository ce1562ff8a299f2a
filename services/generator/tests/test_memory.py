"""Which questions count as the same question."""

import time

import pytest

from homework_generator.writing.memory import Memory

FIRST = "Translate: The big house is near the old station."


@pytest.mark.parametrize(
    "again",
    [
        FIRST,
        "Translate: The big house is near the old station",
        "Translate: the BIG house is near the old station!",
        "Translate: The big house is very near the old station.",
        "Translate: Near the old station is the big house.",
    ],
)
def test_questions_that_differ_in_punctuation_capitals_order_or_one_word_are_the_same(again: str) -> None:
    memory = Memory()
    assert memory.claim(FIRST)
    assert not memory.claim(again)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marco ___ una mela. (mangiare)", "Luca ___ una mela. (mangiare)"),
        ("Io ___ al mare. (andare)", "Tu ___ al mare. (andare)"),
        (FIRST, "Translate: The small house is near the new station."),
    ],
)
def test_other_people_other_verbs_and_other_adjectives_make_another_question(one: str, other: str) -> None:
    memory = Memory()
    assert memory.claim(one)
    assert memory.claim(other)


def test_memory_forgets_the_oldest() -> None:
    memory = Memory(size=1)
    assert memory.claim("Oggi ___ il sole. (splendere)")
    assert not memory.claim("Oggi ___ il sole. (splendere)")
    assert memory.claim("Nevica ___ montagna. (in)")
    assert memory.claim("Oggi ___ il sole. (splendere)")


def test_memory_never_forgets_what_it_began_with() -> None:
    memory = Memory(size=1, known=[FIRST])
    for number in range(3):
        assert memory.claim(f"Domanda {number} ___ (essere)")
    memory.release([FIRST])
    assert not memory.claim(FIRST)


def test_a_released_question_and_those_like_it_may_be_asked_again() -> None:
    memory = Memory()
    assert memory.claim(FIRST)
    memory.release([FIRST, "Translate: Never claimed."])
    assert memory.claim("Translate: The big house is near the old station!")


def test_a_claim_among_thousands_of_questions_takes_no_time() -> None:
    memory = Memory()
    words = [f"parola{number}" for number in range(400)]
    for number in range(5_000):
        mixed = [words[(number * step) % 400] for step in (1, 7, 31, 61, 97, 173)]
        memory.claim(f"Io e Maria {' '.join(mixed)} ___ ({number})")
    started = time.thread_time()
    for number in range(100):
        memory.claim(f"Tu e Maria {words[number]} {words[-number]} ___ (andare)")
    assert (time.thread_time() - started) / 100 < 0.01
