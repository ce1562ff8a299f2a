"""Weighs differences: numbers, negation, comparison and voice are never almost correct."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise, product

from homework_api.grading.differences import Difference
from homework_api.grading.free.determiners import KINDS
from homework_api.grading.italian import Word, exact
from homework_api.grading.opposites import excluded, excluded_phrase
from homework_api.grading.persons import reflexives, somebody_else
from homework_api.grading.roles import stem
from homework_api.grading.tables import is_misspelt_number, is_number, word_set
from homework_shared.language.data import word_set as language_word_set
from homework_shared.language.italian.nouns import agreement_of
from homework_shared.language.italian.verbs import auxiliary, readings

_SUBJECTS = {"io": 0, "tu": 1, "lui": 2, "lei": 2, "noi": 3, "voi": 4, "loro": 5}


def other_meaning(expected: Sequence[Word], given: Sequence[Word], found: Sequence[Difference]) -> str | None:
    """Why what differs is no slip but says something else; None where it may be one."""
    here = [word for each in found for word in each.expected]
    there = [word for each in found for word in each.given]
    kinds = [_number, _degree, _relative, _opposite, _name]
    if not is_double_negation(exact(expected), exact(given)):
        kinds.insert(0, _negation)
    reason = next((reason for judged in kinds if (reason := judged(here, there))), None)
    return (
        reason
        or _opposite_phrase(expected, given)
        or somebody_else(expected, given, found)
        or _turned_around(expected, given)
        or _other_count(found)
    )


def _negation(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    mine, theirs = _counted(here, "denials"), _counted(there, "denials")
    if mine == theirs:
        return None
    word = next(word for word in (*mine, *theirs) if mine.count(word) != theirs.count(word))
    return f"“{word}” turns the meaning around."


def is_double_negation(expected: Sequence[str], given: Sequence[str]) -> bool:
    """Whether both say "nobody" in one clause, so that a "non" too many or too few is a slip of grammar."""
    denied = word_set("needs_non_before")
    is_one_clause = not word_set("begins_another_clause") & {*expected, *given}
    return is_one_clause and bool(denied & {*expected}) and denied & {*expected} == denied & {*given}


def _number(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    # "Sei" in the place of an auxiliary is no six.
    auxiliaries = {"sei"} if any(map(_is_auxiliary, exact(here))) else set()
    mine, theirs = (
        sorted(word for word in exact(words) if is_number(word) and word not in auxiliaries)
        for words in (here, there)
    )
    if mine == theirs or _is_misspelt(mine, here, there):
        return None
    return "This is another number."


def _is_misspelt(numbers: Sequence[str], here: Sequence[Word], there: Sequence[Word]) -> bool:
    """Undice for undici, in the place of as many words."""
    pairs = zip(exact(here), exact(there), strict=False)
    return len(here) == len(there) and all(
        one == other or (one in numbers and is_misspelt_number(one, other)) for one, other in pairs
    )


def _degree(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    return "This is another comparison." if _differ(here, there, "degrees") else None


def _relative(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    pair = ("that_or_who", "to_whom_or_where")
    mine, theirs = ([name for name in pair if _counted(words, name)] for words in (here, there))
    return "This is another relative pronoun." if mine and theirs and mine != theirs else None


def _opposite(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    other = excluded(exact(here), exact(there))
    return _another_meaning(other) if other else None


def _opposite_phrase(expected: Sequence[Word], given: Sequence[Word]) -> str | None:
    phrase = excluded_phrase(exact(expected), exact(given))
    return _another_meaning(" ".join(phrase)) if phrase else None


def _another_meaning(words: str) -> str:
    return f"“{words}” means something else."


def _name(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    mine, theirs = ({word.shown for word in words} & _names() for words in (here, there))
    return "Somebody else is named." if mine and theirs and mine != theirs else None


@cache
def _names() -> frozenset[str]:
    return language_word_set("names", "m") | language_word_set("names", "f")


def other_voice(expected: Sequence[Word], given: Sequence[Word]) -> str | None:
    # "Disegnata di Luca" means to be passive, although its preposition is wrong.
    if _is_passive(expected) and not _may_be_passive(given):
        return "The sentence is to be passive."
    if _is_passive(given) and not _may_be_passive(expected):
        return "The sentence is not to be passive."
    return None


def _turned_around(expected: Sequence[Word], given: Sequence[Word]) -> str | None:
    """ "Invito i cugini", "i cugini mi invitano"; "da Luca" where it is "da Anna"."""
    mine, theirs = _agent(expected), _agent(given)
    if mine and theirs and mine != theirs and mine in _stems(given) and theirs in _stems(expected):
        return "It is done by somebody else."
    extra = set(exact(given)) - set(exact(expected)) - reflexives(exact(given))
    for one, other in product(exact(expected), exact(given)):
        persons = _other_persons(one, other)
        if persons and (who := next((word for word in extra if _may_mean(word, persons)), None)):
            return f"“{who}” makes it somebody else."
    return None


def _may_mean(word: str, persons: frozenset[int]) -> bool:
    """Whether a pronoun is the subject of such a form, or an object: "mi invitano"."""
    return word in word_set("objects_of_person") or _SUBJECTS.get(word) in persons


def _agent(words: Sequence[Word]) -> str | None:
    """The first word of what a passive is done by, without its ending."""
    for place, (participle, by) in enumerate(pairwise(words)):
        if _is_participle_with_avere(participle.exact) and by.exact in word_set("by_whom"):
            rest = (stem(word) for word in words[place + 2 :] if word.exact not in word_set("leans_forward"))
            return next(rest, None)
    return None


def _stems(words: Sequence[Word]) -> set[str]:
    return {stem(word) for word in words}


def _other_persons(one: str, other: str) -> frozenset[int]:
    """The persons of `other`, if both are forms of one verb and share none; nothing for auxiliaries."""
    if one == other or _is_auxiliary(one):
        return frozenset()
    mine, theirs = ([each for each in readings(word) if each.person >= 0] for word in (one, other))
    is_one_verb = {each.infinitive for each in mine} & {each.infinitive for each in theirs}
    persons = frozenset(each.person for each in theirs)
    return persons if is_one_verb and persons.isdisjoint(each.person for each in mine) else frozenset()


def _other_count(found: Sequence[Difference]) -> str | None:
    """ "L'agenda" for "le agende": the noun and what stands before it speak of one, not of several."""
    for each in found:
        for (before, noun), (written, other) in product(pairwise(each.expected), pairwise(each.given)):
            is_noun = stem(noun) == stem(other) and not agreement_of(noun.exact) & agreement_of(other.exact)
            if (
                is_noun
                and _number_of(before)
                and _number_of(written)
                and not (_number_of(before) & _number_of(written))
            ):
                return f"“{other.shown}” is another number of them than “{noun.shown}”."
    return None


def _number_of(word: Word) -> frozenset[str]:
    """Of an article or a possessive: singular, plural, or either."""
    if word.exact in KINDS:
        agreement = KINDS[word.exact][1]
    elif word.exact in word_set("possessives"):
        agreement = agreement_of(word.exact)
    else:
        return frozenset()
    return frozenset(each[1] for each in agreement)


def _may_be_passive(words: Sequence[Word]) -> bool:
    """Essere or venire with a participle of a verb that otherwise takes avere."""
    forms = exact(words)
    return _is_passive(words) or any(
        _is_essere(before) and _is_participle_with_avere(after) for before, after in pairwise(forms)
    )


def _is_passive(words: Sequence[Word]) -> bool:
    """A participle after "stato", or one that says by whom, of a verb that otherwise takes avere."""
    forms = exact(words)
    return any(
        _is_participle_with_avere(after)
        and (before in word_set("of_state") or (_is_essere(before) and after_that in word_set("by_whom")))
        for before, after, after_that in zip(forms, forms[1:], [*forms[2:], ""], strict=False)
    )


def _is_auxiliary(form: str) -> bool:
    return any(
        each.infinitive in ("avere", "essere", "venire") and each.person >= 0 for each in readings(form)
    )


def _is_essere(form: str) -> bool:
    return any(each.infinitive in ("essere", "venire") and each.person >= 0 for each in readings(form))


def _is_participle_with_avere(form: str) -> bool:
    return any(
        each.tense == "participle" and auxiliary(each.infinitive) == "avere" for each in readings(form)
    )


def _differ(here: Sequence[Word], there: Sequence[Word], name: str) -> bool:
    return _counted(here, name) != _counted(there, name)


def _counted(words: Sequence[Word], name: str) -> list[str]:
    return sorted(word for word in exact(words) if word in word_set(name))
