"""How much a difference weighs: numbers, negation, comparison and voice are never almost right."""

from collections.abc import Sequence
from functools import cache

from homework_api.grading.differences import Difference
from homework_api.grading.equivalents import bases_of, equivalents
from homework_api.grading.italian import Word, exact
from homework_api.grading.tables import opposites, word_set
from homework_shared.language.data import word_set as language_word_set
from homework_shared.language.italian.verbs import auxiliary, readings


def other_meaning(
    expected: Sequence[Word], given: Sequence[Word], found: Sequence[Difference], english: str
) -> str | None:
    """Why what differs is no slip but says something else; None where it may be one."""
    here = [word for each in found for word in each.expected]
    there = [word for each in found for word in each.given]
    reasons = (judged(here, there) for judged in (_negation, _number, _degree, _relative, _opposite, _name))
    reason = next((reason for reason in reasons if reason), None)
    return reason or _voice(expected, given) or _other_word(expected, found, english)


def _negation(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    mine, theirs = _counted(here, "denials"), _counted(there, "denials")
    if mine == theirs:
        return None
    word = next(word for word in (*mine, *theirs) if mine.count(word) != theirs.count(word))
    return f"“{word}” turns the meaning around."


def _number(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    # "Sei" in the place of an auxiliary is no six.
    auxiliaries = {"sei"} if any(map(_is_auxiliary, exact(here))) else set()
    mine, theirs = (
        sorted(word for word in exact(words) if _is_number(word) and word not in auxiliaries)
        for words in (here, there)
    )
    return "This is another number." if mine != theirs else None


def _degree(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    return "This is another comparison." if _differ(here, there, "degrees") else None


def _relative(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    pair = ("that_or_who", "to_whom_or_where")
    mine, theirs = ([name for name in pair if _counted(words, name)] for words in (here, there))
    return "This is another relative pronoun." if mine and theirs and mine != theirs else None


def _opposite(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    for words in opposites():
        mine, theirs = words.intersection(exact(here)), words.intersection(exact(there))
        if mine and theirs and mine != theirs:
            return f"“{min(theirs - mine or theirs)}” means something else."
    return None


def _name(here: Sequence[Word], there: Sequence[Word]) -> str | None:
    mine, theirs = ({word.shown for word in words} & _names() for words in (here, there))
    return "Somebody else is named." if mine and theirs and mine != theirs else None


@cache
def _names() -> frozenset[str]:
    return language_word_set("names", "m") | language_word_set("names", "f")


def _voice(expected: Sequence[Word], given: Sequence[Word]) -> str | None:
    if _is_passive(expected) == _is_passive(given):
        return None
    return "The sentence is to be passive." if _is_passive(expected) else "The sentence is not to be passive."


def _other_word(expected: Sequence[Word], found: Sequence[Difference], english: str) -> str | None:
    """A word in another's place whose meaning the tables know, and it is not in the English sentence."""
    table = equivalents()
    asked = {base for word in exact(expected) for base in bases_of(word)}
    instead = [word.exact for each in found if each.expected for word in each.given]
    others = [word for word in instead if asked.isdisjoint(bases_of(word))]
    other = next((word for word in others if table.means_something_else(word, english)), None)
    return other and f"“{other}” means something else."


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


def _is_number(word: str) -> bool:
    return (
        word in word_set("numbers")
        or word.isdigit()
        or any(map(word.__contains__, word_set("inside_numbers")))
    )


def _differ(here: Sequence[Word], there: Sequence[Word], name: str) -> bool:
    return _counted(here, name) != _counted(there, name)


def _counted(words: Sequence[Word], name: str) -> list[str]:
    return sorted(word for word in exact(words) if word in word_set(name))
