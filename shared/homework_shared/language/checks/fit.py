"""Checks that an answer fits the words around its gap: nothing is doubled and nothing is missing."""

from collections.abc import Iterator
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.italian.verbs import FINITE, is_known, readings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS, CLITICS, adjectives

_MAY_COME_TWICE = frozenset({
    "piano", "molto", "via", "così", "no", "sì", "ci", "vi", "si", "che", "ma", "quasi", "mai", "bla", "se", "pian", "man",
    "zitto", "zitta", "zitti", "quatto", "passo", "passi", "lemme", "buono", "buona", "forte", "ciao", "su", "giù", "là", "lì",
    "pari",
})  # fmt: skip
_RELATIVES = frozenset({"che", "chi", "quanto", "dove", "come", "cui", "c'", "ci"})
_ARTICLES = frozenset({"il", "lo", "la", "i", "gli", "le", "l'", "un", "uno", "una", "un'"})
_PREPOSITIONS = frozenset({"di", "a", "da", "in", "con", "su", "per", "tra", "fra"})
_SMALL = _ARTICLES | _PREPOSITIONS
_TRANSITIVE_TWICE = "there are two verbs where one is needed"


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index, (word, following) in enumerate(pairwise(sentence.words)):
        if word == following and _comes_twice(sentence, index):
            yield Problem(Check.GAP_FIT, "a word is repeated")
        elif word in _SMALL and following in _SMALL and _are_two_of_a_kind(sentence, index):
            yield Problem(Check.GAP_FIT, "two articles, prepositions or pronouns follow each other")
    yield from _of_pairs(sentence)
    if parsed.has_gap and _repeats_before(sentence):
        yield Problem(Check.GAP_FIT, "the answer repeats the words before the gap")
    elif parsed.has_gap and _repeats_after_adverbs(sentence):
        yield Problem(Check.GAP_FIT, "a word is repeated, with an adverb in between")
    if parsed.has_gap and _has_two_verbs(parsed):
        yield Problem(Check.GAP_FIT, _TRANSITIVE_TWICE)


def _of_pairs(sentence: Sentence) -> Iterator[Problem]:
    if _PAIRED.isdisjoint(sentence.words):
        return
    for index, (word, following) in enumerate(pairwise(sentence.words)):
        if word in ("più", "meno") and following in _COMPARATIVES:
            yield Problem(Check.GAP_FIT, "what is compared already is compared again")
        elif following == "mai" and _lacks_not(sentence, index):
            yield Problem(Check.GAP_FIT, "mai after its verb requires non")


_PAIRED = frozenset({"più", "meno", "mai"})
_COMPARATIVES = frozenset({
    "migliore", "migliori", "peggiore", "peggiori", "maggiore", "meglio", "peggio", "ottimo", "ottima", "pessimo", "pessima",
})  # fmt: skip
# With one of these "mai" needs no further negation: "se hai mai visto", "la più bella che abbia mai visto".
_WITH_EVER = frozenset({
    "non", "nessuno", "niente", "nulla", "né", "neanche", "nemmeno", "neppure", "senza", "se", "che", "come", "chi", "dove",
    "quando", "quanto", "cosa", "perché", "caso", "più", "meno", "prima", "mai", "?", "nessun", "nessuna",
})  # fmt: skip


def _lacks_not(sentence: Sentence, index: int) -> bool:
    """Finds "ho mai mangiato il polpo" for "non ho mai mangiato". A question has no "non" either."""
    words = sentence.words
    if not _is_auxiliary(words[index]) or "?" in words or index + 2 >= len(words):
        return False
    is_compound = any(reading.tense == "participle" for reading in readings(words[index + 2]))
    return is_compound and _WITH_EVER.isdisjoint(words[: index + 1])


def _comes_twice(sentence: Sentence, index: int) -> bool:
    word = sentence.words[index]
    if not word[0].isalpha() or word in _MAY_COME_TWICE:
        return False
    if sentence.written[index + 1][0].isupper() and not sentence.written[index][0].isupper():
        return False  # The second word begins a name: "la La Scala".
    # Some words are doubled on purpose, as in "Un caffè caldo caldo" and "piano piano". An answer that
    # repeats the word beside the gap is reported all the same.
    at_gap = index + 1 in (sentence.start, sentence.end)
    return at_gap or not _is_stressed(word)


def _is_stressed(word: str) -> bool:
    return word in adjectives() or word in ADVERBS


def _are_two_of_a_kind(sentence: Sentence, index: int) -> bool:
    first, second = sentence.words[index], sentence.words[index + 1]
    if sentence.written[index + 1][0].isupper() and sentence.start != index + 1:
        return False
    if first in _ARTICLES and second in _ARTICLES:
        # In "gliela" and "la lo" the words are pronouns, which follow an order of their own. In "l'uno" the
        # second word is a pronoun.
        return not (
            first in ("l'", "gli", "le", "la", "lo")
            and second in ("un", "uno", "una", "le", "la", "lo", "l'")
        )
    # "Su" and "con" may stand before another preposition: "vado su in montagna", "con in mano un libro".
    return (
        first in _PREPOSITIONS - {"su", "con"}
        and second in _PREPOSITIONS
        and (first, second) not in _TOGETHER
    )


_TOGETHER = frozenset({
    ("su", "di"), ("tra", "di"), ("fra", "di"), ("da", "su"), ("di", "su"), ("a", "da"), ("per", "di"), ("di", "tra"),
    ("di", "fra"), ("di", "per"), ("da", "per"), ("in", "su"), ("su", "per"), ("a", "su"), ("da", "in"), ("per", "a"),
    ("a", "tra"), ("a", "fra"), ("per", "tra"), ("per", "fra"), ("da", "tra"), ("da", "fra"), ("da", "di"), ("di", "in"),
    ("di", "a"), ("per", "in"), ("di", "da"), ("di", "con"), ("in", "per"), ("con", "su"),
})  # fmt: skip


def _repeats_before(sentence: Sentence) -> bool:
    """Finds an answer whose first words are also before the gap: "abbiamo ___" with "abbiamo visto", "pur
    ___" with "pur conoscendo".
    """
    answer = sentence.answer
    if len(answer) < 2:
        return False
    before = sentence.words[max(0, sentence.start - len(answer) + 1) : sentence.start]
    return any(before[-size:] == answer[:size] for size in range(1, len(answer)) if len(before) >= size)


def _repeats_after_adverbs(sentence: Sentence) -> bool:
    """Finds a verb that is repeated beyond adverbs: "Non ___ ancora fatto" with "ho fatto", "ha già ___" with
    "ha visto".
    """
    words, adverbs = sentence.words, ADVERBS
    if len(sentence.answer) < 2:
        return False
    before, after = sentence.start - 1, sentence.end
    while before > 0 and words[before] in adverbs:
        before -= 1
    while after < len(words) and words[after] in adverbs:
        after += 1
    return (sentence.end < after < len(words) and _is_verb_again(words[after], sentence.answer[-1])) or (
        0 <= before < sentence.start - 1 and _is_verb_again(words[before], sentence.answer[0])
    )


def _is_verb_again(one: str, other: str) -> bool:
    return one == other and one not in _MAY_COME_TWICE and bool(readings(one))


def _has_two_verbs(parsed: Parsed) -> bool:
    """Finds a finite verb right after an auxiliary: "ha mangia", "sono vado"."""
    sentence = parsed.sentence
    found = readings(sentence.answer[-1])
    if (
        not any(is_known(hint) for hint in parsed.hints)
        or not found
        or any(reading.tense not in FINITE for reading in found)
    ):
        return False
    before = sentence.start - 1
    while before >= 0 and sentence.words[before] in CLITICS:
        before -= 1
    if before > 0 and not _RELATIVES.isdisjoint(sentence.words[max(0, before - 2) : before]):
        return False  # "tutto ciò che ho basta": the verb before the gap is in a relative clause
    return before >= 0 and _is_auxiliary(sentence.words[before]) and not sentence.is_name(before)


def _is_auxiliary(word: str) -> bool:
    if word == "sei":
        return False  # It may be the number six.
    found = readings(word)
    return bool(found) and all(
        reading.infinitive in ("avere", "essere") and reading.tense in FINITE for reading in found
    )
