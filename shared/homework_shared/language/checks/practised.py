"""Checks that the exercise practises the requested grammar. It reports a gap that clearly practises another
one.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.curriculum import Focus, Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel, FillInBlank
from homework_shared.language.asked import Asked
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import FINITE, bare_infinitive, without_pronouns
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS
from homework_shared.language.reading.tenses import accepts, tenses_asked
from homework_shared.language.reading.text import small
from homework_shared.language.reading.text import words as words_of
from homework_shared.language.reading.verb_groups import COMPOUNDS, Group, groups_of

_PRONOUNS = frozenset({
    Grammar.DIRECT_PRONOUNS, Grammar.INDIRECT_PRONOUNS, Grammar.COMBINED_PRONOUNS, Grammar.REFLEXIVES,
})  # fmt: skip

# "Futuro nel passato" is not the future, and the impersonal "si" occurs with every tense.
_UNDECIDED = ("nel passato", "in the past", "impersonal")
# The word "pronomi" alone stands for other pronouns than "pronomi indefiniti".
_OTHER_PRONOUNS = (
    "indefinit",
    "possess",
    "dimostr",
    "demonstr",
    "interrog",
    "tonic",
    "stressed",
    "subject",
    "soggett",
)
_BARE_PRONOUNS = ("pronom", "pronoun")


def problems(parsed: Parsed) -> Iterator[Problem]:
    focus = parsed.asked.grammar_focus
    if not focus or _is_undecided(focus):
        return
    if _lacks_what_is_named(parsed, focus):
        yield Problem(Check.GRAMMAR_PRACTISED, "the requested grammar does not occur")
        return
    named = tenses_asked(focus)
    known = _focus(focus)
    if named:
        practised = _has_tense(parsed, named)
    elif known and not known.only_nearest:
        practised = any(_is_practised(parsed, grammar) for grammar in known.grammars)
        practised = practised and not _is_other_article(parsed, known)
    else:
        return
    if not practised and not _has_more(focus, known):
        yield Problem(Check.GRAMMAR_PRACTISED, "the answer does not practise the requested grammar")


@lru_cache(500)
def _is_undecided(asked_for: str) -> bool:
    focus = small(asked_for)
    is_other = any(word in focus for word in _BARE_PRONOUNS) and any(
        word in focus for word in _OTHER_PRONOUNS
    )
    return is_other or any(name in focus for name in _UNDECIDED)


def _lacks_what_is_named(parsed: Parsed, focus: str) -> bool:
    """Finds an exercise without any of the requested words: "piacere", "modal verbs", "possessives"."""
    wanted = _named_words(focus)
    if not wanted:
        return False
    answer = small(parsed.exercise.correct_answer)
    texts = (
        " ".join(parsed.sentence.words),
        answer,
        *(small(option) for option in parsed.exercise.options or ()),
    )
    if any(wanted.search(text) for text in texts):
        return False
    verbs = {group.infinitive for group in _verbs_in(parsed.sentence, 0, len(parsed.sentence.words))}
    return not verbs & _named_verbs(focus)


@lru_cache(500)
def _named_words(focus: str) -> re.Pattern[str] | None:
    found = [words for name, words, _ in _named(focus)]
    return re.compile("|".join(found)) if found else None


@lru_cache(500)
def _named_verbs(focus: str) -> frozenset[str]:
    return frozenset(verb for _, _, verbs in _named(focus) for verb in verbs.split())


def _named(focus: str) -> list[tuple[str, str, str]]:
    text = f" {' '.join(words_of(focus))} "
    return [entry for entry in load("practised")["named"] if re.search(rf" (?:{entry[0]}) ", text)]


@lru_cache(500)
def _focus(text: str) -> Focus | None:
    return curriculum().focus(text)


def _has_more(focus: str, known: Focus | None) -> bool:
    """Whether the request names more than tenses, so that the check cannot decide: "periodo ipotetico",
    "discorso indiretto".
    """
    text = small(focus)
    more = ("ipotetic", "hypothet", "concordanza", "indirect", "indirett", "agreement", "sequence", "connett", "modal", "reflexive",
            "rifless", "pronom", "pronoun", "if clause", "if-clause", "conditional sentence", "frasi", "clause", "irregol", "verbi")  # fmt: skip
    return any(word in text for word in more) and not (
        known and len(known.grammars) == 1 and not tenses_asked(focus)
    )


def _has_tense(parsed: Parsed, named: frozenset[str]) -> bool:
    wanted = _wanted(named, parsed.asked)
    if parsed.has_gap and "passive" not in named and _is_in(wanted, groups_of(parsed.sentence.answer)):
        return True
    groups = [group for group in _groups(parsed) if group.infinitive]
    if not groups:
        return not _is_other_word(parsed) or "passive" in named  # "da" may belong to a passive.
    if "passive" in named:
        # "vanno" in the gap and "conservate" after it form one passive.
        return any(
            group.voice in ("passive", "either") and (not wanted or accepts(wanted, group.tense))
            for group in (*groups, *_around(parsed.sentence))
        ) or ("si" in parsed.sentence.words)
    # A gap may ask for a part of the verb only: the participle or the auxiliary of a compound tense.
    return _is_in(wanted, groups) or (parsed.has_gap and _is_in(wanted, _around(parsed.sentence)))


def _is_in(tenses: frozenset[str], groups: Iterable[Group]) -> bool:
    # "stava leggendo" also practises the imperfect of stare.
    return any(
        accepts(tenses, group.tense) or group.tense.removeprefix("progressive_") in tenses for group in groups
    )


@lru_cache(500)
def _wanted(named: frozenset[str], asked: Asked) -> frozenset[str]:
    """The tenses that a gap may contain if these tenses are named."""
    wanted = named - {"passive"}
    if "passato_prossimo" in wanted and asked.level in (CefrLevel.B2, CefrLevel.C1, CefrLevel.C2):
        # It is formed in the same way, and is what is new about it at these levels.
        wanted |= {"trapassato_prossimo"}
    if "imperative" in wanted:
        wanted |= {"subjunctive_present", "infinitive"}
    if word_set("practised", "simple_by_name").isdisjoint(words_of(asked.grammar_focus or "")):
        wanted |= {also for tense in wanted for also in load("practised")["wider"].get(tense, "").split()}
    return wanted


def _groups(parsed: Parsed) -> list[Group]:
    """The readings of the verb in a gap, or of every verb in a translation."""
    if not parsed.has_gap:
        return _verbs_in(parsed.sentence, 0, len(parsed.sentence.words))
    answer = parsed.sentence.answer
    whole = [*groups_of(answer), *_compounds(answer)]
    return whole or _verbs_in(parsed.sentence, parsed.sentence.start, parsed.sentence.end)


def _compounds(words: tuple[str, ...]) -> Iterator[Group]:
    """The compound tenses with a participle that is also an adverb, which other functions skip:
    "ho subito".
    """
    for helper, word in pairwise(words):
        for participle in groups_of((word,)):
            for group in groups_of((helper,)):
                if participle.tense == "participle" and group.infinitive in ("avere", "essere"):
                    yield participle._replace(tense=COMPOUNDS.get(group.tense, group.tense))


def _around(sentence: Sentence) -> list[Group]:
    return _verbs_in(sentence, max(0, sentence.start - 2), min(len(sentence.words), sentence.end + 2))


def _verbs_in(sentence: Sentence, start: int, end: int) -> list[Group]:
    words = sentence.words[start:end]
    found = [*(group for word in words for group in groups_of((word,))), *_compounds(words)]
    found += [group for pair in pairwise(words) for group in groups_of(pair)]
    return found + [
        group for triple in zip(words, words[1:], words[2:], strict=False) for group in groups_of(triple)
    ]


def _is_other_word(parsed: Parsed) -> bool:
    """Whether the gap contains only an article or a preposition, which practises no tense."""
    if not parsed.has_gap:
        return False
    answer = frozenset(parsed.sentence.answer)
    plainly = word_set("practised", "no_part_of_a_verb")
    # "Lo" may be a pronoun of the verb. It is an article if "il" is among the options or the hint says so.
    told = answer.union(parsed.hints, (small(option) for option in parsed.exercise.options or ()))
    # If the request names more than the tense, such as "presente con da", the check cannot decide.
    beside = word_set("practised", "beside_a_tense") | answer
    return (
        bool(answer)
        and answer <= plainly | _words(Grammar.ARTICLES.value)
        and not plainly.isdisjoint(told)
        and beside.isdisjoint(words_of(parsed.asked.grammar_focus or ""))
    )


def _is_practised(parsed: Parsed, grammar: Grammar) -> bool:
    tables = load("practised")
    if grammar.value in tables["tenses"]:
        return _has_tense(parsed, frozenset(tables["tenses"][grammar.value].split()))
    if grammar in (Grammar.NOUNS, Grammar.ADJECTIVES):
        return not _conjugates(parsed)
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
        or _stands_in_options(parsed, words)
        or (grammar in _PRONOUNS and _stands_before_the_gap(sentence, words))
        or (grammar is Grammar.COMPARATIVES and _compares(sentence))
    )


def _is_other_article(parsed: Parsed, known: Focus) -> bool:
    """Whether a gap contains another kind of article than the requested one."""
    if known.grammars != (Grammar.ARTICLES,) or len(known.articles) != 1 or not parsed.has_gap:
        return False
    wanted = _words(known.articles[0])
    answer = frozenset(parsed.sentence.answer)
    return (
        not wanted & answer
        and bool(_words(Grammar.ARTICLES.value) & answer)
        and not _stands_in_options(parsed, wanted)
    )


def _conjugates(parsed: Parsed) -> bool:
    """Whether the gap asks for a person of the verb in the hint."""
    if not isinstance(parsed.exercise, FillInBlank):
        return False
    asked = {bare_infinitive(hint.casefold()) for hint in parsed.hints}
    groups = groups_of(parsed.sentence.answer)
    return bool(groups) and all(group.infinitive in asked and group.tense in FINITE for group in groups)


def _stands_before_the_gap(sentence: Sentence, words: frozenset[str]) -> bool:
    """Whether one of the pronouns stands before the gap: "li ho già" before "visti". The agreement practises
    the pronoun too.
    """
    for word in reversed(sentence.words[: sentence.start]):
        if word in words:
            return True
        helps = any(group.infinitive in ("avere", "essere") for group in groups_of((word,)))
        if not helps and word not in ADVERBS:
            return False
    return False


def _compares(sentence: Sentence) -> bool:
    """Whether the sentence compares: "più" before a gap with "alta", or a gap with "altissima"."""
    return not word_set("practised", "comparing").isdisjoint(sentence.words) or any(
        word[:-1].endswith("issim") for word in sentence.answer
    )


def _stands_in_options(parsed: Parsed, words: frozenset[str]) -> bool:
    """Whether one of the words is in an option: "l'ho" beside "ho" practises the pronoun, even if the answer
    lacks it.
    """
    return any(token in words for option in parsed.exercise.options or () for token in small(option).split())


@cache
def _words(grammar: str) -> frozenset[str]:
    return frozenset(load("practised")["words"].get(grammar, "").split())
