"""The grammar that was asked for is what the exercise practises."""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.curriculum import Focus, Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.language.data import load
from homework_shared.language.italian.verbs import without_pronouns
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.tenses import accepts, tenses_named
from homework_shared.language.reading.text import small
from homework_shared.language.reading.verb_groups import Group, groups_of


def problems(parsed: Parsed) -> Iterator[Problem]:
    focus = parsed.asked.grammar_focus
    if not focus:
        return
    named = tenses_named(focus)
    known = _focus(focus)
    if named:
        practised = _has_tense(parsed, named)
    elif known and not known.only_nearest:
        practised = any(_is_practised(parsed, grammar) for grammar in known.grammars)
    else:
        return
    if not practised and not _has_more(focus, known):
        yield Problem(Check.GRAMMAR_PRACTISED, "what was asked for is not what the answer practises")


@lru_cache(500)
def _focus(text: str) -> Focus | None:
    return curriculum().focus(text)


def _has_more(focus: str, known: Focus | None) -> bool:
    """Whether it names something beside its tenses: "periodo ipotetico", "discorso indiretto": undecided."""
    text = small(focus)
    more = ("ipotetic", "hypothet", "concordanza", "indirect", "indirett", "agreement", "sequence", "connett", "modal", "reflexive",
            "rifless", "pronom", "pronoun", "if clause", "if-clause", "conditional sentence", "frasi", "clause", "irregol", "verbi")  # fmt: skip
    return any(word in text for word in more) and not (
        known and len(known.grammars) == 1 and not tenses_named(focus)
    )


def _has_tense(parsed: Parsed, named: frozenset[str]) -> bool:
    wanted = named - {"passive"}
    if "passato_prossimo" in wanted and parsed.asked.level in (CefrLevel.C1, CefrLevel.C2):
        wanted |= {"trapassato_prossimo"}  # formed alike, and what is new of it at such a level
    groups = [group for group in _groups(parsed) if group.infinitive]
    if not groups:
        return True  # no verb that is known: undecided
    if "passive" in named:
        return any(
            group.voice in ("passive", "either") and (not wanted or accepts(wanted, group.tense))
            for group in groups
        ) or ("si" in parsed.sentence.words)
    if "imperative" in wanted:
        wanted |= {"subjunctive_present", "infinitive"}
    if any(accepts(wanted, group.tense) for group in groups):
        return True
    # A part of the verb alone may be asked for: the participle or the auxiliary of a compound tense.
    return parsed.has_gap and any(accepts(wanted, group.tense) for group in _around(parsed.sentence))


def _groups(parsed: Parsed) -> list[Group]:
    """The verb in a gap, and of a translation every verb."""
    if not parsed.has_gap:
        return _verbs_in(parsed.sentence, 0, len(parsed.sentence.words))
    whole = list(groups_of(parsed.sentence.answer))
    return whole or _verbs_in(parsed.sentence, parsed.sentence.start, parsed.sentence.end)


def _around(sentence: Sentence) -> list[Group]:
    return _verbs_in(sentence, max(0, sentence.start - 2), min(len(sentence.words), sentence.end + 2))


def _verbs_in(sentence: Sentence, start: int, end: int) -> list[Group]:
    words = sentence.words[start:end]
    found = [group for word in words for group in groups_of((word,))]
    found += [group for pair in pairwise(words) for group in groups_of(pair)]
    return found + [
        group for triple in zip(words, words[1:], words[2:], strict=False) for group in groups_of(triple)
    ]


def _is_practised(parsed: Parsed, grammar: Grammar) -> bool:
    tables = load("practised")
    if grammar.value in tables["tenses"]:
        return _has_tense(parsed, frozenset(tables["tenses"][grammar.value].split()))
    words = _words(grammar.value)
    if not words:
        return True
    sentence = parsed.sentence
    given = {small(word) for word in sentence.answer}
    given |= {found[1] for word in given if (found := without_pronouns(word))}
    attached = any(pronoun[-2:] in words or pronoun in words for pronoun in given)
    return (
        bool(words & given)
        or attached
        or any(word.startswith("gli") for word in given & words)
        or _stands_in_options(parsed, words)
    )


def _stands_in_options(parsed: Parsed, words: frozenset[str]) -> bool:
    """ "ho" with "l'ho" beside it practises the pronoun that is kept out of the gap: undecided."""
    return any(token in words for option in parsed.exercise.options or () for token in small(option).split())


@cache
def _words(grammar: str) -> frozenset[str]:
    return frozenset(load("practised")["words"].get(grammar, "").split())
