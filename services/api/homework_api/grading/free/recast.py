"""Sentences that are built otherwise and say the same."""

import re
from dataclasses import replace
from itertools import pairwise

from homework_api.grading.equivalents import ARTICLES, CONTRACTED
from homework_api.grading.free.sentence import Sentence
from homework_api.grading.italian import Word, exact, words
from homework_shared.language.italian.verbs import forms_of, readings

_AS_AS = re.compile(r"\bas \w+ as\b")
_AS_MUCH = ("così", "tanto", "altrettanto")
_USED = ("solito", "solita", "soliti", "solite")
_USED_ALONE = ("solevo", "solevi", "soleva", "solevamo", "solevate", "solevano")
_LONGEST_TIME = 3


def not_as_much(sentence: Sentence) -> Sentence:
    """meno alto di Luca, non così alto come Luca."""
    expected, given = exact(sentence.expected), exact(sentence.given)
    than = next((place for place, word in enumerate(given) if word in ("come", "quanto")), 0)
    if "meno" not in expected or "non" in expected or "non" not in given or not than:
        return sentence
    less = sentence.expected[expected.index("meno")]
    rest = [word for word in sentence.given[: than - 1] if word.exact not in ("non", *_AS_MUCH)]
    standard = _of(sentence.given[than + 1 :])
    return replace(sentence, given=(*rest, less, sentence.given[than - 1], *standard))


def as_much_as(sentence: Sentence) -> Sentence:
    """alto come me, tanto alto quanto me, così alto come me."""
    if not _AS_AS.search(sentence.english):
        return sentence
    lacking, extra = (exact(each) for each in sentence.unmatched())
    for much in _AS_MUCH:
        if much in extra:
            sentence = sentence.adopt((much,), ())
        if much in lacking:
            sentence = _with_the_first_half(sentence, much)
    for one, other in (("come", "quanto"), ("quanto", "come")):
        if one in lacking and other in extra:
            sentence = sentence.adopt((other,), words(one))
    return sentence


def _with_the_first_half(sentence: Sentence, much: str) -> Sentence:
    place = exact(sentence.expected).index(much)
    following = exact(sentence.expected[place + 1 : place + 2])
    return sentence.adopt(following, sentence.expected[place : place + 2]) if following else sentence


def used_to(sentence: Sentence) -> Sentence:
    """leggeva, era solita leggere, soleva leggere."""
    given = exact(sentence.given)
    for place, (habit, verb) in enumerate(pairwise(given)):
        start = place - 1 if habit in _USED else place
        if habit not in _USED and habit not in _USED_ALONE:
            continue
        for reading in readings(given[max(start, 0)]):
            if reading.tense == "imperfect" and (forms := forms_of(verb, "imperfect", reading.person)):
                return sentence.adopt(given[max(start, 0) : place + 2], words(next(iter(forms))))
    return sentence


def for_so_long(sentence: Sentence) -> Sentence:
    """lavora qui da dieci anni, sono dieci anni che lavora qui."""
    expected, given = exact(sentence.expected), exact(sentence.given)
    if "da" not in expected or "che" in expected:
        return sentence
    for start, word in enumerate(given):
        for end in range(start + 2, min(start + 2 + _LONGEST_TIME, len(given))):
            if word in ("sono", "è") and given[end] == "che":
                time = (sentence.expected[expected.index("da")], *sentence.given[start + 1 : end])
                return replace(sentence, given=(*sentence.given[:start], *sentence.given[end + 1 :], *time))
    return sentence


def instead_of_the_noun(sentence: Sentence) -> Sentence:
    """le previsioni di ieri … delle previsioni di oggi, di quelle di oggi: the noun is not said again."""
    expected, given = exact(sentence.expected), exact(sentence.given)
    for place, (before, noun) in enumerate(pairwise(expected)):
        if before in CONTRACTED["di"] and noun in expected[:place]:
            for that in ("quello", "quella", "quelli", "quelle"):
                if ("di", that) in pairwise(given):
                    return sentence.adopt(("di", that), sentence.expected[place : place + 2])
    return sentence


def participle_after_che(sentence: Sentence) -> Sentence:
    """i monumenti che ha fotografato, che ha fotografati: with the object before it may agree."""
    lacking, extra = sentence.unmatched()
    if "che" not in exact(sentence.given):
        return sentence
    for one in lacking:
        other = next((word for word in extra if word.exact[:-1] == one.exact[:-1]), None)
        if (
            other
            and one.exact.endswith("o")
            and any(each.tense == "participle" for each in readings(one.exact))
        ):
            sentence = sentence.adopt((other.exact,), (one,))
    return sentence


def _of(standard: tuple[Word, ...]) -> list[Word]:
    """ "Luca" as "di Luca", "il treno" as "del treno"."""
    if standard and standard[0].exact in ARTICLES:
        return [*words(CONTRACTED["di"][ARTICLES.index(standard[0].exact)]), *standard[1:]]
    return [*words("di"), *standard]
