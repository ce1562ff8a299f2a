"""The level is about the one that was asked for."""

from collections.abc import Iterator
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.curriculum import curriculum
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.language.data import load
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.tenses import accepts, tenses_named
from homework_shared.language.reading.verb_groups import groups_of

_POLITE = frozenset({"vorrei", "vorrebbe", "vorremmo", "potrei", "potrebbe", "potresti", "piacerebbe"})


def problems(parsed: Parsed) -> Iterator[Problem]:
    level = parsed.asked.level
    if level is None:
        return
    table = load("level")
    sentence = parsed.sentence
    if level.value in table["tenses"] and not _asks_for_more(parsed):
        if _has_tense_of(sentence, frozenset(table["tenses"][level.value].split()), parsed):
            yield Problem(Check.LEVEL, "a tense is far above the level")
        elif not frozenset(table["words"][level.value].split()).isdisjoint(sentence.words):
            yield Problem(Check.LEVEL, "a word is far above the level")
    longest = table["longest"].get(level.value)
    if longest and sum(word[0].isalnum() for word in sentence.words) > longest:
        yield Problem(Check.LEVEL, "the sentence is too long for the level")
    if level in (CefrLevel.C1, CefrLevel.C2) and _is_far_below(parsed):
        yield Problem(Check.LEVEL, "the sentence is far below the level")


def _asks_for_more(parsed: Parsed) -> bool:
    """Whether the focus itself is above the level: who asks for the subjunctive at A1 gets it."""
    focus = parsed.asked.grammar_focus or ""
    level = parsed.asked.level
    above = frozenset(load("level")["tenses"].get(level.value if level else "", "").split())
    if any(accepts(tenses_named(focus), tense) for tense in above):
        return True
    known = curriculum().focus(focus) if focus else None
    own = set(curriculum().levels[level].general) if level else set()
    easy = {
        grammar for at in (CefrLevel.A1, level or CefrLevel.A1) for grammar in curriculum().levels[at].general
    }
    return bool(focus) and (known is None or not set(known.grammars) & (own | easy))


def _has_tense_of(sentence: Sentence, tenses: frozenset[str], parsed: Parsed) -> bool:
    """Whether a verb can be in no other tense than these."""
    indices = range(len(sentence.words))
    for index in indices:
        word = sentence.words[index]
        if word in _POLITE or sentence.is_name(index) or len(word) < 3:
            continue
        found = groups_of((word,))
        if found and all(group.tense in tenses for group in found):
            return True
    return any(
        (groups := [group for group in groups_of(pair) if group.helper])
        and all(group.tense in tenses for group in groups)
        for pair in pairwise(sentence.words)
    )


def _is_far_below(parsed: Parsed) -> bool:
    advanced = load("level")["advanced"]
    words = [word for word in parsed.sentence.words if word[0].isalpha()]
    simple = frozenset(advanced["simple"].split())
    return (
        advanced["fewest_words"] <= len(words) <= advanced["most_words"]
        and sum(word in simple for word in words) >= len(words) - 1
    )
