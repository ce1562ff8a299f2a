"""Compares the persons and times of a translation's verbs with those of the English."""

import re
from functools import cache
from itertools import pairwise

from homework_shared.language.checks.subjects import finite_persons
from homework_shared.language.italian.verbs import (
    FINITE,
    Reading,
    infinitives,
    readings,
    readings_under_pronouns,
)
from homework_shared.language.italian.words import is_function_word
from homework_shared.language.reading.parsed import Sentence
from homework_shared.language.reading.phrases import ADVERBS, CLITICS, TIMES, determiners
from homework_shared.language.reading.subject import PRONOUNS, names

_ENGLISH_PERSONS = {
    0: "i|i'm|i've|i'd|i'll",
    3: "we|we're|we've|we'd|we'll|let's",
    5: "they|they're|they've|they'd|they'll",
}
_SPEAKS_OF = {
    0: r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|myself)\b",
    1: r"\b(?:you|you're|you've|you'd|you'll|your|yours|yourself)\b",
    3: r"\b(?:we|we're|we've|we'd|we'll|us|our|ours|let's|and i|i and|and me|ourselves)\b",
    4: r"\b(?:you|you're|you've|you'd|you'll|your|yours|yourselves|boys|girls|children|guys|everybody|everyone)\b",
}
# With these verbs the English subject is an indirect object in Italian: "I like it" is "mi piace".
_TURNED = re.compile(
    r"\b(?:lik|miss|need|mind|enjoy|matter|care|seem|sorry|regret|hurt|ache|interest|please|fancy|take)\w*"
)
_IMPERSONAL = frozenset({
    "bisogna", "occorre", "si", "secondo", "parere", "chissà", "magari", "purtroppo", "forse", "sicuramente", "certamente", "cioè",
    "ecco", "eccoci",
})  # fmt: skip
# These main clauses may be missing in Italian: "I think it is late" may be "forse è tardi".
_PUT_IN = re.compile(
    r"\bi(?:'m| am)? (?:think|believe|suppose|guess|wonder|hope|mean|afraid|sure|bet|wish)\b"
)
# These English sentences have no subject: "see you tomorrow", "thank you".
_ELLIPTIC = re.compile(
    r"^(?:see|thanks?|nice|glad|hope|talk|speak|looking|sorry|can't|pleased|happy|welcome|have|until|shall|here)\b"
)
_PAST = re.compile(
    r"\b(?:was|were|did|didn't|wasn't|weren't|had|went|came|saw|took|gave|bought|ate|(?:i|you|he|she|it|we|they) (?!need\b|feed\b|bleed\b|breed\b|proceed\b|succeed\b|exceed\b)\w{2,}ed|yesterday(?!')|ago|got|told|said|made|wrote|left|found|met|lost|won|spent|began|knew|thought|felt|kept)\b"
)
_FUTURE = re.compile(
    r"\b(?:(?<!\bthe )(?<!\ba )(?<!\bhis )(?<!\bher )(?<!\bmy )will|won't|shall|going to|'ll|tomorrow)\b|'ll\b"
)
_PRESENT = re.compile(
    r"\b(?:every|always|usually|am|is|are|isn't|aren't|(?<!to )do|does|don't|doesn't|i'm|now)\b|'re\b"
)
_BESIDE_PAST = re.compile(
    r"\b(?:am|is|are|isn't|aren't|(?<!to )do|does|don't|doesn't|i'm|it's|he's|she's|that's|what's|there's|gets?)\b|'re\b|\bthe left\b|\bleft (?:hand|side)\b"
)
# Any word that may be a past form. A sentence with one is not certainly in the present.
_MAYBE_PAST = re.compile(
    r"\b\w{2,}ed\b|\b(?:swam|ran|sang|drank|slept|drove|rode|flew|grew|blew|rang|rose|sat|stood|spoke|stole|taught|understood|woke"
    r"|wore|sold|sent|fell|fought|forgot|heard|held|hid|paid|put|read|set|shut|shone|shot|showed|slid|swept|threw|tore|built|broke"
    r"|brought|caught|chose|cut|cost|dreamt|learnt|fed|froze|hit|hurt|led|let|lay|lit|became|ate|gave|could|would|those days|past)\b"
)
_MAYBE_FUTURE = re.compile(
    r"ing\b|\b(?:probably|must|maybe|perhaps|think|wonder|next|tonight|this|later|soon|sure)\b"
)
_MODAL = re.compile(
    r"\b(?:would|could|should|might|may|if|unless|hope|wish|that|as|than|when|since|for|been|let|have|has|'ve|'d)\b|'(?:d|ve)\b"
)
_SPOKEN_OF = frozenset({
    "mi", "m'", "me", "ci", "c'", "gli", "loro", "li", "le", "mio", "mia", "miei", "mie", "nostro", "nostra", "nostri", "nostre",
})  # fmt: skip
_PAST_TENSES = frozenset({"imperfect", "remote", "subjunctive_imperfect", "conditional"})


def persons_differ(english: str, sentence: Sentence) -> bool:
    """Whether the Italian or the English has a person that the other lacks."""
    given, explicit = _italian_persons(sentence)
    said = {person for person, pattern in _speaks_of().items() if pattern.search(english)}
    # Italian with "tu", or with a form that can only be of that person, requires a "you" in the English.
    if any(person in _SPEAKS_OF and person not in said for person in explicit):
        return not _ELLIPTIC.search(english)
    if _TURNED.search(english) or _IMPERSONAL & set(sentence.words):
        return False
    plain = _PUT_IN.sub(" ", english)
    wanted = {person for person, pattern in _english_subjects().items() if pattern.search(plain)}
    pronouns = _SPOKEN_OF & set(sentence.words)
    if wanted & {0} and re.search(r"\band i\b|\bi and\b", english):
        wanted = (wanted - {0}) | {3}
    return bool(given) and not pronouns and any(person not in given for person in wanted)


def _italian_persons(sentence: Sentence) -> tuple[set[int], set[int]]:
    """The persons that the finite verbs may have, and the persons that are certain because a pronoun or a
    form shows them.
    """
    given: set[int] = set()
    explicit = {PRONOUNS[word] for word in sentence.words if word in ("io", "tu", "noi", "voi")}
    for index, word in enumerate(sentence.words):
        finite = {reading.person for reading in _finite(word)}
        given |= finite
        if len(finite) == 1 and _is_only_finite(word) and _stands_like_a_verb(sentence, index):
            imperative = any(reading.tense == "imperative" for reading in readings(word))
            explicit |= finite & ({0} if imperative else {0, 1, 3, 4})
    return given, explicit


_DEGREES = frozenset({"più", "meno", "molto", "così", "troppo", "tanto", "assai", "abbastanza"})


def _stands_like_a_verb(sentence: Sentence, index: int) -> bool:
    """Whether a verb may stand here. After an article or an adjective it may not: "il gelo" is a noun."""
    if sentence.written[index] in names() or sentence.words[index] in ADVERBS | {
        "dai",
        "sei",
        "prego",
    }:
        return False
    before = sentence.words[index - 1] if index else ""
    if before in _DEGREES or is_function_word(sentence.words[index]):
        return False  # "il vino più adatto", "verso la fine": here the word is not a verb
    free = CLITICS | ADVERBS | TIMES
    opens = before in (",", "che", "e", "se", "ma", "quando") or before in free or before in PRONOUNS
    return bool(finite_persons(sentence, index)) or (opens and before not in ("l'", "la", "le", "lo", "gli"))


def _finite(word: str) -> list[Reading]:
    return [
        reading for reading in (*readings(word), *readings_under_pronouns(word)) if reading.tense in FINITE
    ]


def times_differ(english: str, sentence: Sentence) -> bool:
    """Whether the English is clearly in the past, the future or the present, and the Italian is in another
    time.
    """
    tenses = [reading.tense for word in sentence.words if _is_only_finite(word) for reading in readings(word)]
    has_participle = any(
        reading.tense == "participle" for word in sentence.words for reading in readings(word)
    ) or _has_unknown_participle(sentence)
    is_founded = any("fondare" in infinitives(word) for word in sentence.words)
    if not tenses or _MODAL.search(english) or (is_founded and "found" in english):
        return False
    past, future = bool(_PAST.search(english)), bool(_FUTURE.search(english))
    if past and not future:
        if _tenses_of_verbs(sentence) == {"future"} and not _GUESS.search(english):
            return True  # "It was opened" is not "sarà aperto".
        return not _BESIDE_PAST.search(english) and (
            not has_participle
            and not _PAST_TENSES & set(tenses)
            and set(tenses) <= {"present", "future", "imperative", "subjunctive_present"}
        )
    if future and not past:
        return set(tenses) <= {"imperfect", "remote"} or (has_participle and set(tenses) <= {"imperfect"})
    if past or future or not _PRESENT.search(english) or _MAYBE_PAST.search(english):
        return False
    elsewhere = (
        {"imperfect", "remote"} if _MAYBE_FUTURE.search(english) else {"imperfect", "remote", "future"}
    )
    return set(tenses) <= elsewhere


def _tenses_of_verbs(sentence: Sentence) -> set[str]:
    """The tenses of all finite verbs, without words that stand like a noun: "dal sindaco"."""
    words = sentence.words
    return {
        reading.tense
        for index, word in enumerate(words)
        if _is_only_finite(word) and not (index and words[index - 1] in determiners())
        for reading in readings(word)
    }


_GUESS = re.compile(r"\b(?:must|probably|maybe|perhaps|surely|wonder|guess|suppose)\b")
_BEEN_DOING = re.compile(r"(?:\b(?:have|has)|'ve|'s) been \w+ing\b")
_SUPPOSED = re.compile(r"\b(?:will|would|could|might|must|may|should)\b|'ll\b")
_FOR_A_TIME = re.compile(
    r"\b(?:since\b|for (?:\w+ ){1,3}(?:years?|months?|weeks?|days?|hours?|minutes?|ages)\b)"
)
_STILL = re.compile(r"\b(?:da|dal|dalla|dalle|dai|dagli|che|fa)\b|\bdall'")
_HABIT = re.compile(r"\b(?:i|you|he|she|we|they|there)(?: always| never)? used to\b")
_IMPERFECT = re.compile(r"\b\w*[aei]v(?:o|i|a|amo|ate|ano)\b|\ber(?:o|i|a|ano|avamo|avate)\b")


def aspects_differ(english: str, italian: str) -> bool:
    """Whether the English says that something still goes on, or was a habit, and the Italian that it is over: "I have
    been waiting for an hour" is not "ho aspettato un'ora".
    """
    if _BEEN_DOING.search(english) and _FOR_A_TIME.search(english) and not _SUPPOSED.search(english):
        return not _STILL.search(italian)
    return _HABIT.search(english) is not None and not _IMPERFECT.search(italian)


_HELPERS = frozenset({"ho", "hai", "ha", "abbiamo", "avete", "hanno", "è", "sono", "siamo", "siete"})
_PARTICIPLE = re.compile(r"\w{2,}[aiu]t[oaie]")


def _has_unknown_participle(sentence: Sentence) -> bool:
    """Whether there is an auxiliary with a participle that the table lacks: "ha vuotato"."""
    return any(
        helper in _HELPERS and _PARTICIPLE.fullmatch(word) for helper, word in pairwise(sentence.words)
    )


def _is_only_finite(word: str) -> bool:
    found = readings(word)
    return (
        bool(found)
        and word not in ("sei", "stato", "vi", "ci", "a")
        and all(reading.tense in FINITE for reading in found)
    )


@cache
def _english_subjects() -> dict[int, re.Pattern[str]]:
    return {person: re.compile(rf"\b(?:{words})\b") for person, words in _ENGLISH_PERSONS.items()}


@cache
def _speaks_of() -> dict[int, re.Pattern[str]]:
    return {person: re.compile(pattern) for person, pattern in _SPEAKS_OF.items()}
