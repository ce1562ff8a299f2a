"""Whether something is done by, or to, another person than the expected one."""

from collections.abc import Iterator, Sequence

from homework_api.grading.differences import Difference
from homework_api.grading.free.clitics import pronouns_of
from homework_api.grading.italian import Word, exact
from homework_api.grading.roles import stem
from homework_api.grading.tables import word_set
from homework_shared.language.italian.verbs import readings, without_pronouns

_OBJECTS = {
    "mi": 0, "me": 0, "m'": 0, "ti": 1, "te": 1, "t'": 1, "ci": 3, "ce": 3, "vi": 4, "ve": 4, "v'": 4,
}  # fmt: skip
_OF_LEI = frozenset({"la", "le", "l'", "glielo", "gliela", "glieli", "gliele"})
_OTHERS = dict.fromkeys(("lo", "la", "li", "le", "gli", "l'", "glielo", "gliela", "glieli", "gliele"), 2)


def somebody_else(expected: Sequence[Word], given: Sequence[Word], found: Sequence[Difference]) -> str | None:
    """ "Ti aiuta" for "mi aiuta", and "Paolo" for "la sorella di Paolo"."""
    free = reflexives(exact(expected)) | reflexives(exact(given))
    for each in found:
        for one, other in zip(each.expected, each.given, strict=False):
            if free.isdisjoint((one.exact, other.exact)) and _is_to_somebody_else(one.exact, other.exact):
                return f"“{other.shown}” makes it somebody else."
        if _is_only_here(each.expected, each.given, given) or _is_only_here(
            each.given, each.expected, expected
        ):
            return "This is somebody else."
    return None


def reflexives(words: Sequence[str]) -> set[str]:
    """The pronouns and the infinitives with pronouns that go with the person of their verb: mi lavo, ti
    devi alzare, devo alzarmi. With another person they are a wrong form, as the verb alone is."""
    return set(_reflexives(words))


def _reflexives(words: Sequence[str]) -> Iterator[str]:
    persons: frozenset[int] = frozenset()
    for place, word in enumerate(words):
        verb = next((after for after in words[place + 1 :] if after not in word_set("clitics")), "")
        if word in _OBJECTS and _OBJECTS[word] in _persons(verb):
            yield word
        persons = _persons(word) or persons
        if (person := _attached_person(word)) is not None and person in persons:
            yield word


def _persons(verb: str) -> frozenset[int]:
    """Without the imperative: "ti aiuta" is no reflexive, although "aiuta!" is of tu."""
    return frozenset(
        each.person for each in readings(verb) if each.person >= 0 and each.tense != "imperative"
    )


def _is_to_somebody_else(one: str, other: str) -> bool:
    """Whether these are pronouns of two persons, or one infinitive with two of them."""
    mine, theirs = without_pronouns(one), without_pronouns(other)
    if mine and theirs and mine[0] == theirs[0]:
        one, other = pronouns_of(mine[1])[0], pronouns_of(theirs[1])[0]
    if _is_formal_you(one, other):
        return False
    both = _OBJECTS | _OTHERS
    if one not in both or other not in both or not {one, other} & _OBJECTS.keys():
        return False
    return both[one] != both[other]


def _is_formal_you(one: str, other: str) -> bool:
    """ "Ti aiuto", "La aiuto": who is meant is the business of `formal_you`."""
    return any(_OBJECTS.get(a) == 1 and b in _OF_LEI for a, b in ((one, other), (other, one)))


def _attached_person(word: str) -> int | None:
    found = without_pronouns(word)
    return _OBJECTS.get(pronouns_of(found[1])[0]) if found else None


def _is_only_here(here: Sequence[Word], there: Sequence[Word], other: Sequence[Word]) -> bool:
    """Whether these words name somebody's relative, and nothing in the other sentence does instead."""
    relatives = {stem(word) for word in here if word.exact in word_set("people")}
    is_of_somebody = bool({"di", *word_set("possessives")} & {*exact(here)})
    return bool(relatives) and is_of_somebody and not there and relatives.isdisjoint(map(stem, other))
