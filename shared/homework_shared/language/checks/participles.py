"""Checks participles that agree with a word farther away: with the other participle of a passive, with what
"ne" counts, or with the antecedent of "l'".
"""

from collections.abc import Iterator

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import word_set
from homework_shared.language.italian.nouns import ALL, FEMININE, PLURAL, SINGULAR, Agreement
from homework_shared.language.italian.verbs import readings
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS, NUMBERS, TIMES, determiners, phrase_at
from homework_shared.language.reading.subject import names

_BEEN = {"stato": "ms", "stata": "fs", "stati": "mp", "state": "fp"}
_COUNTING = frozenset({"ne", "gliene", "n'"})
_AT = _COUNTING | {"l'", *_BEEN}
_QUANTITIES = frozenset({
    "molti", "molte", "pochi", "poche", "tanti", "tante", "troppi", "troppe", "parecchi", "parecchie", "alcuni", "alcune",
    "diversi", "diverse", "una", "quanti", "quante",
})  # fmt: skip
_MORE_NUMBERS = NUMBERS | {"undici", "dodici", "quindici", "venti", "trenta", "cinquanta", "cento"}
_SENTENCE_ENDS = frozenset(".?!…—–")
_ASKED = {"quanti": frozenset({"mp"}), "quante": frozenset({"fp"})}


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index, word in enumerate(sentence.words[:-1]):
        if word not in _AT:
            continue
        if _has_two_genders(sentence, index):
            yield Problem(Check.PARTICIPLE, "the two participles of a passive do not agree")
        elif _disagrees_with_quantity(sentence, index):
            yield Problem(Check.PARTICIPLE, "a participle does not agree with the noun that ne stands for")
        elif _disagrees_with_antecedent(sentence, index):
            yield Problem(Check.PARTICIPLE, "a participle does not agree with the noun that l' stands for")


def _next(sentence: Sentence, index: int) -> int:
    """The index of the next word that is not an adverb."""
    after = index + 1
    while after < len(sentence.words) and sentence.words[after] in ADVERBS:
        after += 1
    return after


def _participle(sentence: Sentence, index: int) -> Agreement:
    """The agreements of the participle at an index. Empty if the word may be something else."""
    if index >= len(sentence.words):
        return frozenset()
    found = readings(sentence.words[index])
    agreements = frozenset(reading.agreement for reading in found if reading.tense == "participle")
    return agreements if len(agreements) == len({reading.agreement for reading in found}) else frozenset()


def _has_two_genders(sentence: Sentence, index: int) -> bool:
    """Finds a passive whose two participles do not agree: "È stata ricostruito", "fossero state
    occultati".
    """
    if sentence.words[index] not in _BEEN or not index:
        return False
    before = index - 1
    while before > 0 and sentence.words[before] in ADVERBS:
        before -= 1
    if not any(reading.infinitive == "essere" for reading in readings(sentence.words[before])):
        return False
    second = _participle(sentence, _next(sentence, index))
    return bool(second) and _BEEN[sentence.words[index]] not in second


def _avere_at(sentence: Sentence, index: int) -> bool:
    found = readings(sentence.words[index])
    return bool(found) and all(reading.infinitive == "avere" for reading in found)


def _disagrees_with_quantity(sentence: Sentence, index: int) -> bool:
    """Finds a participle that does not agree with the quantity of "ne": "Ne ho scritto dieci". It has to be
    plural, and to have the gender of "quante" if that asks for the quantity.
    """
    words = sentence.words
    if words[index] not in _COUNTING or not _avere_at(sentence, index + 1):
        return False
    at = _next(sentence, index + 1)
    agreements = _participle(sentence, at)
    count = _next(sentence, at)
    if not agreements or count >= len(words) or not _ends_after(sentence, count):
        return False
    wanted = _counted(words[count])
    asked = next((_ASKED[word] for word in words[:index] if word in _ASKED), None)
    return bool(wanted) and not agreements & (wanted & asked if asked and wanted & asked else wanted)


def _ends_after(sentence: Sentence, index: int) -> bool:
    after = sentence.words[index + 1 : index + 2]
    return not after or not after[0][0].isalpha() or after[0] in ("di", "e", "al", "in", "per", "ieri")


def _counted(word: str) -> Agreement:
    if word in _MORE_NUMBERS:
        return PLURAL
    return determiners().get(word, frozenset()) if word in _QUANTITIES else frozenset()


def _disagrees_with_antecedent(sentence: Sentence, index: int) -> bool:
    """Finds a masculine participle after "l'" although every noun before it is feminine: "Hai visto Sara? No,
    non l'ho incontrato".
    """
    words = sentence.words
    if words[index] != "l'" or not _avere_at(sentence, index + 1):
        return False
    at = _next(sentence, index + 1)
    agreements = _participle(sentence, at)
    if agreements != {"ms"} or any(
        reading.infinitive in word_set("auxiliaries", "of_clauses") for reading in readings(words[at])
    ):
        return False
    # A name in the same sentence may be the subject: "Anna l'ha trovato".
    end = next((before + 1 for before in range(index, -1, -1) if words[before] in _SENTENCE_ENDS), 0)
    named = list(_named_before(sentence, end))
    return bool(named) and all(one <= FEMININE & SINGULAR for one in named)


def _named_before(sentence: Sentence, end: int) -> Iterator[Agreement]:
    """The agreement of each name and noun phrase before `end`. Every agreement for a word that may be a name
    or a pronoun.
    """
    for index in range(end):
        phrase = phrase_at(sentence, index)
        if phrase:
            if TIMES.isdisjoint(sentence.words[phrase.start : phrase.end]):
                yield phrase.agreement
        elif sentence.written[index] in names():
            yield names()[sentence.written[index]]
        elif sentence.is_name(index) or sentence.words[index] in _MAY_BE_MEANT:
            yield ALL


# The pronoun may stand for one of these, in either gender.
_MAY_BE_MEANT = frozenset({"lui", "questo", "quello", "ciò", "che", "qualcuno", "nessuno", "tutto", "cosa"})
