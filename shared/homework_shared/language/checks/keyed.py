"""Compares the right option with the others, which may show that another option is right, instead of it or as
well.
"""

from collections.abc import Callable, Iterable, Iterator

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.articles import fits_sound
from homework_shared.language.checks.moods import SUBJUNCTIVES
from homework_shared.language.data import word_set
from homework_shared.language.italian.nouns import agreement_of
from homework_shared.language.italian.verbs import is_verb_form, readings
from homework_shared.language.italian.words import is_italian
from homework_shared.language.reading.parsed import Parsed, Sentence, Words
from homework_shared.language.reading.phrases import determiners
from homework_shared.language.reading.subject import PRONOUNS
from homework_shared.language.reading.text import small, tokens
from homework_shared.language.reading.verb_groups import groups_of

_NEAR = frozenset({"questo", "questa", "questi", "queste", "quest'"})
_FAR = frozenset({"quel", "quello", "quella", "quei", "quegli", "quelle", "quell'"})
# These words distinguish near from far.
_POINTING = frozenset(
    {"qui", "qua", "lì", "là", "laggiù", "lassù", "vicino", "lontano", "questo", "questa", "quello", "quella"}
)
_ONCE = frozenset({"passato_prossimo", "remote", "congiuntivo_passato"})
_SAME_START = 3
_FEW = 2


def problems(parsed: Parsed) -> Iterator[Problem]:
    options = parsed.exercise.options
    if options is None:
        return
    others = parsed.others
    if any(_is_demonstrative_too(parsed, other) for other in others.values()):
        yield Problem(Check.OPTIONS, "the sentence does not show which demonstrative is right")
    elif any(_fits_too(parsed, other) for other in others.values()):
        yield Problem(Check.OPTIONS, "two of the options are right in this sentence")
    elif _is_told_once_after_while(parsed.sentence, others):
        yield Problem(Check.TIME, "the verb after mentre has to be in the imperfect")
    elif _is_no_form(parsed, others):
        yield Problem(Check.UNKNOWN_WORD, "the answer is not a form of the verb of the other options")


def _is_demonstrative_too(parsed: Parsed, other: Words) -> bool:
    """Finds "questa borsa" and "quella borsa" among the options, where neither the sentence nor a hint
    distinguishes near from far.
    """
    sentence = parsed.sentence
    pair = (*sentence.answer, *other.answer)
    if len(pair) != _FEW or parsed.hints or not (_NEAR & set(pair) and _FAR & set(pair)):
        return False
    if sentence.end >= len(sentence.words) or not _POINTING.isdisjoint(_around(sentence)):
        return False
    noun = sentence.words[sentence.end]
    agree = all(determiners().get(word, frozenset()) & agreement_of(noun) for word in pair)
    return agree and not is_verb_form(noun) and all(fits_sound(word, noun) for word in pair)


def _fits_too(parsed: Parsed, other: Words) -> bool:
    """Whether another option is right too in this place: "siccome" beside "poiché" at the start of a sentence,
    "accanto" beside "vicino" before "al".
    """
    sentence = parsed.sentence
    pair = frozenset({"_".join(sentence.answer), "_".join(other.answer)})
    if len(pair) < _FEW:
        return False
    return any(pair <= word_set("keyed", name) and fits(parsed) for name, fits in _PLACES) or (
        not pair.isdisjoint({"alcuni", "alcune"}) and _is_partitive_too(sentence, other)
    )


def _opens(parsed: Parsed) -> bool:
    return parsed.sentence.start == 0


def _follows_fact(parsed: Parsed) -> bool:
    return parsed.sentence.start > 0 and "?" not in parsed.sentence.words and not _has_subjunctive(parsed)


def _has_subjunctive(parsed: Parsed) -> bool:
    """Whether the clause after the gap has a verb that can only be a subjunctive."""
    words, end = parsed.sentence.words, parsed.sentence.end
    comma = next((at for at in range(end, len(words)) if words[at] == ","), len(words))
    return any(
        bool(SUBJUNCTIVES & (tenses := {reading.tense for reading in readings(word)}))
        and tenses <= SUBJUNCTIVES | {"imperative"}
        for word in words[end:comma]
    )


def _follows_comma(parsed: Parsed) -> bool:
    return parsed.sentence.words[parsed.sentence.start - 1 : parsed.sentence.start] == (",",)


def _is_before_a(parsed: Parsed) -> bool:
    after = parsed.sentence.words[parsed.sentence.end : parsed.sentence.end + 1]
    return bool(after) and after[0] in _FORMS_OF_A


def _says_no_frequency(parsed: Parsed) -> bool:
    around = _around(parsed.sentence)
    return not parsed.hints and len(around) <= _FEW_WORDS and _DECIDES.isdisjoint(around)


_FORMS_OF_A = frozenset({"a", "al", "allo", "alla", "all'", "ai", "agli", "alle"})
_FEW_WORDS = 8
_DECIDES = frozenset(
    {
        ",",
        ";",
        ":",
        "—",
        "–",
        "?",
        "ma",
        "e",
        "perché",
        "non",
        "ogni",
        "volta",
        "volte",
        "tutti",
        "tutte",
        "mai",
    }
)
# The words of each list are right in the same place, if the condition holds there.
_PLACES: tuple[tuple[str, Callable[[Parsed], bool]], ...] = (
    ("causes_at_start", _opens),
    ("causes_after_fact", _follows_fact),
    ("concessions", _has_subjunctive),
    ("contrasts", _follows_comma),
    ("near", _is_before_a),
    ("frequency", _says_no_frequency),
)


def _is_partitive_too(sentence: Sentence, other: Words) -> bool:
    """Whether "alcuni libri" and "dei libri" are among the options, where both are right."""
    words = sentence.words
    if not sentence.start or sentence.end >= len(words) or "non" in words or len(other.answer) != 1:
        return False
    noun, before = words[sentence.end], words[sentence.start - 1]
    pair = (*sentence.answer, *other.answer)
    if before in ("di", "a", "da", "in", "su") or pair[0][0] == pair[-1][0] or is_verb_form(noun):
        return False
    partitive = pair[0] if pair[0].startswith("d") else pair[-1]
    return (
        partitive in ("dei", "degli", "delle")
        and all(determiners().get(word, frozenset()) & agreement_of(noun) for word in pair)
        and fits_sound(partitive, noun)
    )


def _around(sentence: Sentence) -> tuple[str, ...]:
    return (*sentence.words[: sentence.start], *sentence.words[sentence.end :])


def _is_told_once_after_while(sentence: Sentence, others: Iterable[str]) -> bool:
    """Finds a perfective tense after "mentre", as in "Mentre ho fatto la doccia", with "facevo" among the
    options. In "mentre tu hai studiato, io…" it expresses a contrast and is right.
    """
    before = sentence.words[max(0, sentence.start - 1) : sentence.start]
    if before != ("mentre",) or not PRONOUNS.keys().isdisjoint(sentence.words):
        return False
    told = groups_of(sentence.answer)
    if not told or not {group.tense for group in told} <= _ONCE:
        return False
    verbs = {group.infinitive for group in told}
    return any(
        group.tense == "imperfect" and group.infinitive in verbs
        for option in others
        for group in groups_of(tuple(tokens(small(option))))
    )


def _is_no_form(parsed: Parsed, others: Iterable[str]) -> bool:
    """Finds an answer that is not a word but begins like forms of one verb: "rimana" among "rimane, rimanere,
    rimarrà".
    """
    answer = parsed.sentence.answer
    if len(answer) != 1 or is_verb_form(answer[0]) or is_italian(answer[0]):
        return False
    of_verb = [
        {reading.infinitive for reading in readings(small(option))}
        for option in others
        if small(option)[:_SAME_START] == answer[0][:_SAME_START]
    ]
    return len(of_verb) >= _FEW and bool(set.intersection(*of_verb))
