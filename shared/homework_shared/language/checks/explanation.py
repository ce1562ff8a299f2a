"""Checks that an explanation is about this exercise and contradicts neither its answer nor the tables."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.explanation_answer import contradicts_answer
from homework_shared.language.checks.explanation_claims import breaks_a_rule, false_claims
from homework_shared.language.checks.explanation_text import Told
from homework_shared.language.checks.explanation_verbs import false_claims_of_verbs
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import readings
from homework_shared.language.italian.words import (
    base_forms,
    function_words,
    is_english,
    is_function_word,
    is_italian,
    lemma,
)
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.tenses import accepts, tenses_named

_STEM = 4
_LONG = 12
# "A condition in the present" names a time and not a tense.
_TIME = re.compile(
    r"\b(?:in|about|of|from|to|for|concerns?|express(?:es)?|a|an|real|unreal) (?:the |a )?(?:\w+ )?(?:present|future|conditional)\b(?! subjunctive| tense)"
)
# A form that stands beside another verb does not show the answer's tense.
_NO_TENSES = frozenset({"infinitive", "gerund", "participle", "passive", "progressive_present"})


def problems(parsed: Parsed) -> Iterator[Problem]:
    told = Told(parsed)
    if _is_of_something_else(told):
        yield Problem(Check.EXPLANATION_OFF_TOPIC, "the explanation is about something else")
    elif contradicts_answer(told):
        yield Problem(Check.EXPLANATION_FALSE, "the explanation names a form other than the answer")
    elif any(false_claims(told)) or any(false_claims_of_verbs(told)) or breaks_a_rule(told):
        yield Problem(Check.EXPLANATION_FALSE, "the explanation contradicts the tables of Italian forms")


def _is_of_something_else(told: Told) -> bool:
    """Whether the explanation names no word of the exercise, and clearly names other words, another tense or
    another rule.
    """
    if _names_a_word(told):
        return False
    if _says_nothing_of_language(told):
        return True
    if _is_of_absent_things(told) or _is_of_another_class(told):
        return True
    named = tenses_named(_TIME.sub(" ", told.marked)) - _NO_TENSES
    if named and any(group.person >= 0 for group in told.answers):
        # A rule about participles holds in every compound tense.
        if "participle" in told.word_set and any(group.helper for group in told.answers):
            return False
        # The tense of another verb in the sentence may explain the answer's tense.
        return not told.word_set & word_set("explanation", "of_several") and not any(
            accepts(named, group.tense) or any(name in group.tense for name in named) for group in told.groups
        )
    return not named and not told.word_set & word_set("explanation", "terms") and _quotes_other_words(told)


def _names_a_word(told: Told) -> bool:
    """Whether the explanation quotes a word of the exercise, or contains one that is not also English."""
    quotes = [token for token in told.quoted_tokens if token[0].isalpha()]
    # "la" occurs in every second sentence, so function words count only where the exercise asks for them.
    if quotes and not _of_answer(told.parsed).isdisjoint(quotes):
        return True
    words = {word for word in told.word_set if not is_english(word)}.union(quotes) - function_words()
    stems = {word[:_STEM] for word in words}.union(map(lemma, words))
    return any(not stems.isdisjoint(_stems(word)) for word in told.parsed.words)


def _of_answer(parsed: Parsed) -> frozenset[str]:
    """The words of a gap's answer and options. For a translation, the words of the answer without the common
    function words.
    """
    found = frozenset((*parsed.answer_tokens, *parsed.option_tokens))
    return found if parsed.has_gap else found - word_set("explanation", "common")


@lru_cache(10_000)
def _stems(word: str) -> frozenset[str]:
    """A word of an exercise, its base forms and their stems. Empty for a function word."""
    if not word[0].isalpha() or is_function_word(word):
        return frozenset()
    bases = base_forms(word)
    return bases.union([base[:_STEM] for base in bases])


def _says_nothing_of_language(told: Told) -> bool:
    """Whether a long text contains no word that is typical of explanations, as when a model tells a story."""
    said = word_set("explanation", "terms") | word_set("explanation", "of_language")
    return len(told.words) >= _LONG and said.isdisjoint(told.word_set) and "«" not in told.marked


def _is_of_absent_things(told: Told) -> bool:
    """Whether the explanation begins with a subject that the exercise does not contain, such as the partitive
    or the days of the week.
    """
    opening = " ".join(told.words[:8])
    for pattern, sign in _things():
        if pattern.search(opening):
            return not any(sign.fullmatch(word) for word in told.parsed.sentence.words)
    if any(group.helper for group in told.answers):
        return False
    # The agreement of a participle is no explanation where the sentence has none.
    return {"participle", "auxiliary"} <= told.word_set | _auxiliaries_of(told) and not any(
        reading.tense == "participle" for word in told.parsed.sentence.words for reading in readings(word)
    )


def _is_of_another_class(told: Told) -> bool:
    """Whether the explanation is about another word class than the gap: "Adjectives that end in -e have one
    form", for a pronoun.
    """
    opening, answer = told.words[0] if told.words else "", told.parsed.sentence.answer
    if not told.parsed.has_gap or not answer:
        return False
    if any(group.person >= 0 for group in told.answers):
        return opening in _NO_VERBS and told.word_set.isdisjoint(_OF_VERBS)
    return opening in _OPEN and all(map(is_function_word, answer)) and told.word_set.isdisjoint(_OF_FUNCTION)


_OPEN = frozenset({"adjectives", "nouns", "verbs"})
_NO_VERBS = frozenset({"adjectives", "nouns", "adverbs", "articles", "prepositions", "possessives"})
_OF_VERBS = frozenset(
    ["verb", "verbs", "subject", "agree", "agrees", "tense", "form", "singular", "plural", "person"]
) - {"form"}
_OF_FUNCTION = frozenset(
    [
        "article",
        "articles",
        "preposition",
        "prepositions",
        "pronoun",
        "pronouns",
        "possessive",
        "demonstrative",
        "relative",
        "connective",
        "connectives",
        "conjunction",
        "adverb",
        "adverbs",
        "it",
        "this",
        "these",
    ]
)


def _auxiliaries_of(told: Told) -> frozenset[str]:
    return frozenset({"auxiliary"}) if told.word_set & {"essere", "avere"} else frozenset()


@cache
def _things() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    return [
        (re.compile(rf"\b(?:{thing['names']})\b"), re.compile(thing["signs"]))
        for thing in load("explanation")["things"]
    ]


def _quotes_other_words(told: Told) -> bool:
    """Whether the explanation quotes Italian words. The caller knows that none of them is in the exercise."""
    return any(
        is_italian(word) and not is_english(word) and not is_function_word(word)
        for word in told.quoted_tokens
    )
