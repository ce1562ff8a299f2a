"""Checks what an explanation claims about a verb's conjugation: its class, and whether it is regular."""

import re
from collections.abc import Iterator
from functools import lru_cache

from homework_shared.language.checks.explanation_text import QUOTE, Told
from homework_shared.language.italian.verb_table import MODELS, conjugated_like, verb_forms
from homework_shared.language.italian.verbs import bare_infinitive, is_known, participles
from homework_shared.language.reading.tenses import accepts

_CLASS = re.compile(
    QUOTE
    + r",? (?:is|belongs to) (?:an? |the )?(?:regular |irregular )?(?:(?:verb (?:in|ending in|that ends in|of the) )?«?-?(are|ere|ire)»?(?= verb|[ .,;:])"
    r"|(?:verb of the )?(first|second|third) conjugation)"
)
_CONJUGATIONS = {"first": "are", "second": "ere", "third": "ire"}


def of_class(told: Told) -> Iterator[str]:
    """Finds a wrong conjugation: "«dormire» is a verb in -ere". Grammars disagree about short infinitives
    such as "fare" and "dire", so these are not checked.
    """
    for verb, ending, conjugation in _CLASS.findall(told.marked):
        bare = bare_infinitive(verb)
        wanted = ending or _CONJUGATIONS[conjugation]
        if (
            is_known(verb)
            and bare.endswith(("are", "ere", "ire"))
            and bare not in _SHORT
            and not bare.endswith(wanted)
        ):
            yield "class"


_SHORT = frozenset({"fare", "dire", "bere", "dare", "stare"})
_REGULAR = re.compile(QUOTE + r",? (?:is|are) (?:an? )?(ir)?regular\b([^.;:«]{0,40})")
_PARTICIPLE = re.compile(
    QUOTE
    + r" has (?:the |an? )?(ir)?regular (?:past )?participle|participle of "
    + QUOTE
    + r" is (ir)?regular"
)


def of_regularity(told: Told) -> Iterator[str]:
    """Finds a wrong claim of regularity: "«parlare» is irregular", "«rompere» has a regular participle"."""
    for verb, irregular, rest in _REGULAR.findall(told.marked):
        bare = bare_infinitive(verb)
        if not is_known(verb):
            continue
        if irregular and _is_regular(bare) and not _NOT_ALL.search(rest):
            yield "regular"
        elif (
            not irregular
            and "participle" not in rest
            and not _NOT_ALL.search(rest)
            and _is_irregular_here(told, bare)
        ):
            yield "irregular"
    for first, first_is, second, second_is in _PARTICIPLE.findall(told.marked):
        verb = bare_infinitive(first or second)
        regular = _regular_participles(verb)
        if is_known(verb) and (
            participles(verb) <= regular if first_is or second_is else not participles(verb) & regular
        ):
            yield "participle"


_NOT_ALL = re.compile(r"\b(?:except|apart|but|only|spell\w*|pronunciation)\b")


def _regular_participles(verb: str) -> frozenset[str]:
    endings = {"are": ("ato",), "ere": ("uto", "iuto"), "ire": ("ito",)}
    return frozenset(verb[:-3] + ending for ending in endings.get(verb[-3:], ()))


@lru_cache(500)
def _is_regular(verb: str) -> bool:
    """Whether all forms of the verb follow a model verb. Some grammars call verbs with -isc- irregular, so
    that claim is accepted.
    """
    return any(
        conjugated_like(verb_forms()[model], model, verb) == verb_forms()[verb]
        for model in MODELS
        if model != "finire" and model[-3:] == verb[-3:]
    )


def _is_irregular_here(told: Told, verb: str) -> bool:
    """Whether the answer's form of this verb is irregular."""
    named = told.tenses
    cells = {
        (group.tense, group.person)
        for group in told.answers
        if group.infinitive == verb and group.person >= 0 and not group.helper
    }
    if not cells or (named and not any(accepts(named, tense) for tense, _ in cells)):
        return False
    return all(not _is_like_a_model(verb, tense, person) for tense, person in cells)


def _is_like_a_model(verb: str, tense: str, person: int) -> bool:
    forms = verb_forms()[verb].get(tense)
    return forms is None or any(
        set(conjugated_like(verb_forms()[model], model, verb)[tense][person]) & set(forms[person])
        for model in MODELS
        if model[-3:] == verb[-3:]
    )
