"""Checks prepositions that a rule determines: before places and infinitives, after verbs, and in fixed
phrases.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.governed import (
    bases,
    governs,
    governs_another,
    is_wrong_after_adjective,
    is_wrong_before_infinitive,
    is_wrong_before_object,
    table,
)
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import infinitives
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import adjectives

_NEAR = 4


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence, rules = parsed.sentence, _rules()
    broken = {
        number
        for index, word in enumerate(sentence.words[:-1])
        if word in _words()
        for number in _rules_of(word, is_governed=index > 0 and governs(sentence.words[index - 1]))
        if rules[number].is_broken(sentence, index)
    }
    yield from (rules[number].problem for number in sorted(broken))
    if _has_wrong_phrase(sentence):
        yield Problem(Check.PREPOSITION, "a phrase needs another preposition")


class _Rule(NamedTuple):
    """A rule that can be broken at one of `words` if another word follows. A rule `of_governed` applies only
    after a word for which `governs` is true.
    """

    problem: Problem
    words: frozenset[str]
    is_broken: Callable[[Sentence, int], bool]
    of_governed: bool


@cache
def _rules() -> tuple[_Rule, ...]:
    based, infinitive = bases(), table("before_infinitives")
    return (
        _rule("a city takes a, and a country or region takes in", {"a", "in", "ad"}, _is_wrong_place),
        _governed(
            "the verb takes another preposition before an infinitive", infinitive, is_wrong_before_infinitive
        ),
        _governed(
            "the verb takes another preposition, or none", table("before_objects"), is_wrong_before_object
        ),
        _governed("the verb governs another preposition", based, governs_another),
        _governed("the adjective or noun takes another preposition", based, is_wrong_after_adjective),
        _rule("with a person the preposition is da", {"al", "alla", "all'", "nel", "nella"}, _is_at_person),
        _rule(
            "a singular family noun with a possessive has no article",
            _WITH_ARTICLE,
            _has_article_before_relative,
            Check.ARTICLE,
        ),
        _rule("the relative superlative takes di", {"più", "meno"}, _is_in_superlative),
    )


def _rule(
    detail: str,
    words: Iterable[str],
    is_broken: Callable[[Sentence, int], bool],
    check: Check = Check.PREPOSITION,
) -> _Rule:
    return _Rule(Problem(check, detail), frozenset(words), is_broken, of_governed=False)


def _governed(detail: str, words: Iterable[str], is_broken: Callable[[Sentence, int], bool]) -> _Rule:
    return _rule(detail, words, is_broken)._replace(of_governed=True)


@cache
def _words() -> frozenset[str]:
    """The words at which a rule can be broken. Most words are not among them."""
    return frozenset().union(*(rule.words for rule in _rules()))


@cache
def _rules_of(word: str, *, is_governed: bool) -> tuple[int, ...]:
    """The indexes of the rules that can be broken at one of those words."""
    return tuple(
        number
        for number, rule in enumerate(_rules())
        if word in rule.words and (is_governed or not rule.of_governed)
    )


def _is_wrong_place(sentence: Sentence, index: int) -> bool:
    preposition, place = sentence.words[index], sentence.words[index + 1]
    if not sentence.written[index + 1][0].isupper():
        return False
    wrong = "cities" if preposition == "in" else "regions"
    # "in Roma antica", "in tutta Roma" and "l'amore a Venezia" are right, so the rule applies only after a
    # verb of place.
    return place in word_set("prepositions", wrong) and _verb_before(sentence, index, _verbs_of_place())


def _has_wrong_phrase(sentence: Sentence) -> bool:
    words, spans = sentence.words, _phrases().spans(sentence.words)
    for start, _ in spans:
        # In "Da lontano la città sembra piccola" and "intorno il silenzio era totale" the word is an adverb.
        stands_alone = start == 0 or words[start - 1] in _BEFORE_ADVERBS
        if not (stands_alone and words[start] in _PLACES):
            return True
    begun = {start for start, _ in spans}
    for start, end in _last_phrases().spans(words):
        if start not in begun and (end == len(words) or words[end] in _AFTER_LAST):
            return True
    return False


def _is_at_person(sentence: Sentence, index: int) -> bool:
    """Finds "al" before a person after a verb of motion: "Andiamo al dentista". Right: "il premio è andato al
    medico".
    """
    words = sentence.words
    person = words[index + 1] in word_set("prepositions", "visited")
    if not person or not index:
        return False
    if "andare" not in infinitives(words[index - 1]):
        return False
    return not any(word in ("premio", "parola", "merito", "eredità", "grazie", "pensiero") for word in words)


def _has_article_before_relative(sentence: Sentence, index: int) -> bool:
    """Finds an article before a possessive and a relative: "Della mia madre". Right: "la mia sorella
    maggiore", "la mia zia di Roma", "la mia madre lingua".
    """
    words = sentence.words
    if index + 2 >= len(words) or words[index + 1] not in _POSSESSIVES:
        return False
    if words[index + 2] not in word_set("prepositions", "relatives"):
        return False
    after = words[index + 3 : index + 4]
    return not after or after[0] in ".,!?;:" or (after[0] in _AFTER_RELATIVE)


def _is_in_superlative(sentence: Sentence, index: int) -> bool:
    """Finds a superlative with "in" in place of "di": "L'uomo più generoso nel mondo". Right: "il più diffuso
    nel mondo", where the phrase is a place.
    """
    words = sentence.words
    if index + 3 >= len(words) or words[index + 1] in _KNOWN_SOMEWHERE:
        return False
    article = any(word in _DEFINITE for word in words[max(0, index - 3) : index])
    adjective = words[index + 1]
    if not article or (
        adjective not in adjectives() and not adjective.endswith(("oso", "osa", "osi", "ose"))
    ):
        return False
    return (words[index + 2], words[index + 3]) in _GROUPS


_POSSESSIVES = frozenset({"mio", "mia", "tuo", "tua", "suo", "sua", "nostro", "nostra", "vostro", "vostra"})
_WITH_ARTICLE = frozenset({
    "il", "la", "del", "della", "al", "alla", "dal", "dalla", "nel", "nella", "sul", "sulla",
})  # fmt: skip
_AFTER_RELATIVE = frozenset({
    "è", "ha", "sono", "e", "si", "non", "era", "aveva", "lavora", "abita", "vive", "va", "viene", "fa", "a", "per", "ieri",
    "domani", "oggi", "sta", "ci", "mi", "ti", "in", "con", "sarà", "può", "vuole", "deve",
})  # fmt: skip
_DEFINITE = frozenset({"il", "la", "lo", "l'", "i", "gli", "le"})
_KNOWN_SOMEWHERE = frozenset(
    {"famoso", "famosa", "famosi", "famose", "importante", "importanti", "presente", "presenti"}
)
_GROUPS = frozenset({
    ("nel", "mondo"), ("nella", "classe"), ("nella", "famiglia"), ("nella", "squadra"), ("nel", "gruppo"), ("dal", "mondo"),
    ("dalla", "classe"), ("al", "gruppo"), ("tra", "mondo"), ("in", "mondo"),
})  # fmt: skip
_PLACES = frozenset({"vicino", "lontano", "davanti", "accanto", "intorno"})
_BEFORE_ADVERBS = frozenset({"da", "qui", "qua", "lì", "là", "più", "molto", "e", "tutt'", "tutto", ",", "."})
_AFTER_LAST = frozenset({".", ",", "!", "?", "e", "a", "al", "alla", "per", "o"})


def _verb_before(sentence: Sentence, index: int, verbs: frozenset[str]) -> bool:
    before = sentence.words[max(0, index - _NEAR) : index]
    return any(infinitives(word) & verbs for word in before)


@cache
def _phrases() -> PhraseList:
    return PhraseList(load("prepositions")["phrases"]["wrong"])


@cache
def _last_phrases() -> PhraseList:
    """The phrases that are wrong only at the end of a noun phrase: "con macchina", but "con macchina
    fotografica" is right.
    """
    return PhraseList(load("prepositions")["phrases"]["wrong_at_the_end"])


@cache
def _verbs_of_place() -> frozenset[str]:
    return word_set("prepositions", "verbs_of_place")
