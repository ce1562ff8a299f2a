"""Numbers in words and the English side, compared with other sources and with examples."""

from random import Random

import pytest
from num2words import num2words

from homework_mock_generator.content import Content
from homework_mock_generator.english import English, EnglishForm, passive_phrase, verb_phrase, with_pronoun
from homework_shared.language.italian.numerals import cardinal, has_one_spelling, ordinal


def test_numbers_in_words_agree_with_another_library() -> None:
    numbers = [*range(1000), *Random(1).sample(range(1000, 1_000_000), 3000)]
    # The library misspells a hundred and eighteen and similar numbers: "centodicotto".
    for number in (n for n in numbers if has_one_spelling(n) and 18 not in (n % 100, n // 1000 % 100)):
        # The other library omits the accent after a hundred: "centoventitre".
        theirs = num2words(number, lang="it")
        spelled = f"{theirs[:-3]}tré" if number > 20 and theirs.endswith("tre") else theirs
        assert cardinal(number) == spelled, number


def test_numbers_beyond_one_word_are_refused() -> None:
    with pytest.raises(ValueError, match="no form as one word"):
        cardinal(1_000_000)


@pytest.mark.parametrize("number", range(1, 21))
def test_ordinals_agree_with_another_library(number: int) -> None:
    assert ordinal(number, feminine=False) == num2words(number, lang="it", to="ordinal")
    assert ordinal(number, feminine=True)[:-1] == ordinal(number, feminine=False)[:-1]


@pytest.mark.parametrize(
    ("base", "gerund"),
    [
        ("write", "writing"), ("stop", "stopping"), ("lie", "lying"), ("see", "seeing"), ("read", "reading"),
        ("play", "playing"), ("get dressed", "getting dressed"), ("run", "running"), ("show", "showing"),
    ],
)  # fmt: skip
def test_english_ing_forms_follow_the_spelling_rules(base: str, gerund: str) -> None:
    assert English(base=base, third=f"{base}s", past=base).gerund == gerund


def test_the_english_verb_agrees_with_its_subject(content: Content) -> None:
    be, can = content.verb("essere").english, content.verb("potere").english
    assert [verb_phrase(be, EnglishForm.PRESENT, person) for person in range(3)] == ["am", "are", "is"]
    assert verb_phrase(be, EnglishForm.PAST, 3) == "were"
    assert verb_phrase(be, EnglishForm.FUTURE, 0) == "will be"
    assert verb_phrase(can, EnglishForm.CONDITIONAL, 2) == "would be able to"
    write = content.verb("scrivere").english
    assert passive_phrase(write, EnglishForm.PAST, plural=True) == "were written"


def test_an_english_pronoun_stands_between_a_verb_and_its_particle() -> None:
    assert with_pronoun("turns on", "it") == "turns it on"
    assert with_pronoun("prepares", "them") == "prepares them"
