"""Checks unstressed pronouns: their form before another one, their place beside an infinitive, and whether the
verb can have them.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.articles import sound_of
from homework_shared.language.data import word_set
from homework_shared.language.italian.nouns import PLURAL, SINGULAR, agreement_of
from homework_shared.language.italian.verbs import (
    FINITE,
    infinitives,
    is_infinitive_alone,
    is_verb_form,
    readings,
)
from homework_shared.language.italian.words import lemma
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS, NUMBERS, TIMES, determiners, phrase_at

_SECOND = frozenset({"lo", "la", "li", "le", "l'", "ne"})
_ALSO_ARTICLES = frozenset({"lo", "la", "le", "gli"})
_MODALS = frozenset({"volere", "potere", "dovere", "sapere"})
_MUSIC = frozenset({"minore", "maggiore", "bemolle", "diesis", "e"})
_ENDS = frozenset('.,;:!?…—–"”»')
_SPEAKER_OR_HEARER = frozenset({0, 1, 3, 4})
_BEFORE_ANOTHER = frozenset({"mi", "ti", "ci", "vi", "si", "me", "te", "ce", "ve", "se", "gli", "le"})
_OPENS_OBJECT = frozenset(
    {"un", "uno", "una", "un'", "il", "lo", "la", "i", "gli", "le", "l'", "dei", "degli", "delle"}
)


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence, rules = parsed.sentence, _rules()
    for index, word in enumerate(sentence.words[:-1]):
        for detail, is_wrong in rules.get(word, ()):
            if is_wrong(sentence, index):
                yield Problem(Check.PRONOUN, detail)


def _has_form_of_single_pronoun(sentence: Sentence, index: int) -> bool:
    """Finds "ti la presto" and "gli lo do" for "te la presto" and "glielo do"."""
    words = sentence.words
    if index + 2 >= len(words) or words[index + 1] not in _SECOND or words[index] == words[index + 1]:
        return False
    return is_verb_form(words[index + 2]) and not sentence.is_name(index + 2)


def _stands_before_infinitive(sentence: Sentence, index: int) -> bool:
    """Finds "voglio li aiutare". Right: "non ti preoccupare", "lo sciare" and "la popolare attrice"."""
    word, following = sentence.words[index], sentence.words[index + 1]
    before = sentence.words[max(0, index - 2) : index]
    if not following.endswith("re") or not is_infinitive_alone(following) or "non" in before:
        return False
    if word == "lo" and sound_of(following) == "impure":
        return False
    return word not in _ALSO_ARTICLES or (bool(before) and not infinitives(before[-1]).isdisjoint(_MODALS))


def _is_unstressed_after_preposition(sentence: Sentence, index: int) -> bool:
    """Finds "con mi" and "per io" for "con me" and "per me". Right: "in mi minore", "a tu per tu"."""
    words, pronoun = sentence.words, sentence.words[index + 1]
    if pronoun in ("io", "tu"):
        return words[index + 2 : index + 4] != ("per", "tu") and words[max(0, index - 1) : index] != ("tu",)
    if pronoun not in ("mi", "ti"):
        return False
    after = words[index + 2 : index + 3]
    return not after or (after[0] not in _MUSIC and not is_verb_form(after[0]))


@lru_cache(5000)
def _finite(word: str) -> tuple[frozenset[str], frozenset[int]]:
    """The verbs and the persons of a finite verb. Empty if it may be an infinitive or a gerund. A participle does
    not stand after a pronoun.
    """
    found = [reading for reading in readings(word) if reading.tense != "participle"]
    if any(reading.tense not in FINITE for reading in found):
        return frozenset(), frozenset()
    return frozenset(reading.infinitive for reading in found), frozenset(reading.person for reading in found)


def _verb_at(sentence: Sentence, index: int) -> tuple[frozenset[str], int]:
    """The verbs that the word, or avere with a participle, can be, and the index of the word after it."""
    words = sentence.words
    verbs, _ = _finite(words[index])
    if verbs == {"avere"} and index + 1 < len(words):
        participle = [found for found in readings(words[index + 1]) if found.tense == "participle"]
        return frozenset(found.infinitive for found in participle), index + 2
    return verbs, index + 1


def _lacks_ne(sentence: Sentence, index: int) -> bool:
    """Finds "li bevo tre" and "le prendo un chilo", where the quantity requires "ne"."""
    verbs, after = _verb_at(sentence, index + 1)
    if not verbs or not verbs <= word_set("pronouns", "with_quantity") or after >= len(sentence.words):
        return False
    amount = sentence.words[after]
    if amount in ("un", "una", "mezzo"):
        after += 1
        is_amount = sentence.words[after : after + 1] and sentence.words[after] in word_set(
            "pronouns", "measures"
        )
    else:
        is_amount = amount in NUMBERS or amount in word_set("pronouns", "many")
    return bool(is_amount) and _ends(sentence, after + 1)


def _ends(sentence: Sentence, index: int) -> bool:
    return index >= len(sentence.words) or sentence.words[index] in _ENDS


def _has_two_objects(sentence: Sentence, index: int) -> bool:
    """Finds "li porto dei fiori" for "gli porto dei fiori". A verb of the third person is not checked, because
    the noun may be its subject.
    """
    words = sentence.words
    verbs, persons = _finite(words[index + 1])
    if not verbs or not verbs <= word_set("pronouns", "giving") or not persons <= _SPEAKER_OR_HEARER:
        return False
    after = _after_adverbs(sentence, index + 2)
    if after + 1 >= len(words) or words[after] not in _OPENS_OBJECT or "volta" in words:
        return False
    phrase = phrase_at(sentence, after)
    if phrase is None or not phrase.agreement or (index and words[index - 1] in _BEFORE_ANOTHER):
        return False
    no_object = TIMES | word_set("pronouns", "no_object")
    # In "lo porto il vino" the pronoun may only repeat the noun.
    repeats = bool(determiners().get(words[index], PLURAL) & phrase.agreement)
    is_definite = words[after] in ("il", "lo", "la", "i", "gli", "le", "l'")
    return no_object.isdisjoint(words[after : phrase.end]) and not (repeats and is_definite)


def _after_adverbs(sentence: Sentence, index: int) -> int:
    while index < len(sentence.words) and sentence.words[index] in ADVERBS:
        index += 1
    return index


def _is_indirect_of_direct_verb(sentence: Sentence, index: int) -> bool:
    """Finds "gli vedo spesso" for "li vedo". Right: "gli vedo gli occhi", where the object follows."""
    if sentence.words[index + 1].endswith("i"):
        return False  # "gli incontri" and "gli aiuti" are nouns.
    verbs, after = _verb_at(sentence, index + 1)
    if not verbs or not verbs <= word_set("pronouns", "only_direct"):
        return False
    return _ends(sentence, _after_adverbs(sentence, after))


def _lacks_article_of_cui(sentence: Sentence, index: int) -> bool:
    """Finds "uno scrittore di cui romanzi sono famosi" for "i cui romanzi"."""
    words = sentence.words
    if words[index + 1] != "cui" or index + 3 >= len(words) or sentence.is_name(index + 2):
        return False
    noun, (_, persons) = words[index + 2], _finite(words[index + 3])
    is_verb = is_verb_form(noun) and lemma(noun).endswith(("are", "ere", "ire"))
    if is_verb or noun in determiners() or noun in ADVERBS:
        return False
    agreement = agreement_of(noun)
    return bool(agreement and persons) and (
        (agreement <= PLURAL and 5 in persons) or (agreement <= SINGULAR and 2 in persons)
    )


_Rule = tuple[str, Callable[[Sentence, int], bool]]


@cache
def _rules() -> dict[str, list[_Rule]]:
    """The rules that can be broken at a word. Most words have none."""
    found: dict[str, list[_Rule]] = {}
    for words, detail, is_wrong in _BROKEN_AT:
        for word in words.split():
            found.setdefault(word, []).append((detail, is_wrong))
    return found


_BROKEN_AT: tuple[tuple[str, str, Callable[[Sentence, int], bool]], ...] = (
    (
        "mi ti ci vi si gli le",
        "a pronoun before another one has the form of a single one",
        _has_form_of_single_pronoun,
    ),
    (
        "mi ti ci vi si gli le lo la li ne",
        "a pronoun stands before an infinitive instead of at its end",
        _stands_before_infinitive,
    ),
    (
        "a di con per da su tra fra senza secondo",
        "after a preposition the pronoun is stressed",
        _is_unstressed_after_preposition,
    ),
    ("lo la li le ci", "a quantity alone requires ne", _lacks_ne),
    ("lo la li", "a verb has two direct objects", _has_two_objects),
    ("gli", "a verb that takes a direct object has an indirect pronoun", _is_indirect_of_direct_verb),
    ("di", "whose is expressed with an article before cui", _lacks_article_of_cui),
)
