"""An explanation speaks of this exercise, and says nothing that its answer or the tables contradict."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.explanation_claims import false_claims
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import auxiliary, infinitives
from homework_shared.language.italian.words import is_english, is_italian, lemma
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import quoted, small, tokens
from homework_shared.language.reading.verb_groups import Group, groups_of

_STEM = 4


def problems(parsed: Parsed) -> Iterator[Problem]:
    text = parsed.exercise.explanation
    if not _speaks_of_it(parsed, text):
        yield Problem(Check.EXPLANATION_OFF_TOPIC, "the explanation speaks of something else")
    elif _concludes_something_else(parsed, text):
        yield Problem(Check.EXPLANATION_FALSE, "the explanation gives another form than the answer")
    elif _names_other_auxiliary(parsed, text) or any(false_claims(parsed)):
        yield Problem(Check.EXPLANATION_FALSE, "the explanation says what the tables contradict")


def _speaks_of_it(parsed: Parsed, text: str) -> bool:
    """It quotes a word of the exercise, or uses a term of grammar with one of its words."""
    lettered = [token for token in tokens(small(text)) if token[0].isalpha()]
    terms = word_set("explanation", "terms")
    has_term = any(word in terms for word in lettered) or bool(_endings(text))
    quotes = [token for part in quoted(text) for token in tokens(small(part)) if token[0].isalpha()]
    of_exercise = _stems(parsed)
    named = [word for word in (*quotes, *lettered) if not is_english(word) or word in quotes]
    if quotes and not any(_stem(word) in of_exercise or lemma(word) in of_exercise for word in quotes):
        return False
    return has_term or any(_stem(word) in of_exercise for word in named)


def _stems(parsed: Parsed) -> frozenset[str]:
    """What the exercise's words begin with, the hint's and the options' too, and their base forms."""
    exercise = parsed.exercise
    texts = (exercise.question, exercise.correct_answer, *(exercise.options or ()))
    found = {token for text in texts for token in tokens(small(text)) if token[0].isalpha()}
    bases = {lemma(word) for word in found} | {verb for word in found for verb in infinitives(word)}
    return frozenset(_stem(word) for word in found | bases) | found | bases


def _stem(word: str) -> str:
    return word[:_STEM]


def _endings(text: str) -> list[str]:
    """ "-iamo", "-isc-": endings are terms too."""
    return re.findall(r"(?<!\w)-[a-zàèéìòù]{1,6}\b", text)


def _concludes_something_else(parsed: Parsed, text: str) -> bool:
    """ "so the correct form is 'hanno arrivato'", where the answer is "sono arrivate"."""
    wanted = small(parsed.exercise.correct_answer)
    for given in _conclusions(text):
        if given in wanted or wanted in given or not _is_rival(parsed, given, wanted):
            continue
        return True
    return False


def _conclusions(text: str) -> Iterator[str]:
    lettered = small(text)
    for verdict in load("explanation")["verdicts"]:
        at = lettered.find(f"{verdict} ")
        if at >= 0:
            rest = text[at + len(verdict) : at + len(verdict) + 60].lstrip(" :,")
            parts = quoted(rest)
            if parts and rest[:1] in "'‘“\"«":
                yield small(parts[0]).strip(" .,;")


def _is_rival(parsed: Parsed, given: str, wanted: str) -> bool:
    """Whether what is given stands where the answer does: another form of its verb, or of its closed class."""
    if (
        parsed.has_gap
        and parsed.exercise.options
        and given in [small(option) for option in parsed.exercise.options]
    ):
        return True
    words, answers = tuple(tokens(given)), tuple(tokens(wanted))
    if not parsed.has_gap:
        return _is_rival_in_sentence(parsed, words)
    verbs = {group.infinitive for group in groups_of(words)}
    if verbs & {group.infinitive for group in groups_of(answers)}:
        return not {group.tense for group in groups_of(words)} <= {"infinitive"}
    if len(words) == len(answers) == 1 and words[0] in _closed() and answers[0] in _closed():
        return words[0] not in parsed.sentence.words
    return (
        len(words) == len(answers) == 1
        and lemma(words[0]) == lemma(answers[0])
        and given not in parsed.sentence.words
    )


def _is_rival_in_sentence(parsed: Parsed, words: tuple[str, ...]) -> bool:
    """In a translation: a compound form of a verb that stands there otherwise."""
    if len(words) < 2 or not all(is_italian(word) for word in words if word[0].isalpha()):
        return False
    verbs = {group.infinitive for group in groups_of(words) if group.helper and group.person >= 0}
    in_sentence = {verb for word in parsed.sentence.words for verb in infinitives(word)}
    return bool(verbs & in_sentence) and " ".join(words) not in " ".join(parsed.sentence.words)


@cache
def _closed() -> frozenset[str]:
    tables = load("articles")
    words = " ".join(
        (*tables["before"].values(), *tables["articles"].values(), *load("explanation")["pronouns"].values())
    )
    return frozenset(words.split()) | frozenset(
        ["di", "a", "da", "in", "con", "su", "per", "tra", "fra", "che", "cui", "chi"]
    )


_AUXILIARY = re.compile(
    r"(?:uses?|takes?|with|auxiliary(?: verb)?(?: is)?|requires?|needs?|conjugated with|forms? the \w+ \w+ with)"
    r" (?:the )?(?:auxiliary )?(?:verb )?['‘“\"«]?(avere|essere)\b"
)


def _names_other_auxiliary(parsed: Parsed, text: str) -> bool:
    """ "'Arrivare' uses the auxiliary 'avere'", of a verb that does not."""
    lettered = small(text)
    named = set(_AUXILIARY.findall(lettered))
    if len(named) != 1 or "not " in lettered or "never" in lettered or "unlike" in lettered:
        return False
    groups = [
        group
        for group in _groups_in(parsed)
        if group.helper in ("avere", "essere") and group.voice != "passive"
    ]
    if not groups:
        return False
    about = [group for group in groups if group.infinitive in lettered] or groups
    return all(group.helper not in named and auxiliary(group.infinitive) != "both" for group in about)


def _groups_in(parsed: Parsed) -> list[Group]:
    """The answer of a gap as a verb; of a translation each two words that are one."""
    if parsed.has_gap:
        return list(groups_of(parsed.sentence.answer))
    return [
        group for pair in pairwise(parsed.sentence.words) for group in groups_of(pair) if group.person >= 0
    ]
