"""Checks that the subjunctive and the conditional are used where a connective or a main clause
requires them.
"""

from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load
from homework_shared.language.italian.verbs import FINITE, forms_of, infinitives, readings
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence
from homework_shared.language.reading.phrases import ADVERBS, CLITICS, determiners
from homework_shared.language.reading.subject import PRONOUNS, names
from homework_shared.language.reading.verb_groups import groups_of

SUBJUNCTIVES = frozenset({"subjunctive_present", "subjunctive_imperfect"})
_PAST_SUBJUNCTIVE = frozenset({"subjunctive_imperfect"})
_CLAUSE_ENDS = frozenset(",;.!?:")
# These may also be prepositions before a noun phrase, whose end nothing marks: "nonostante la pioggia siamo
# usciti".
_ALSO_PREPOSITIONS = frozenset({"nonostante", "malgrado", "per quanto"})
_NEAR = 4
_AUXILIARIES = frozenset(
    {"essere", "avere", "stare", "potere", "dovere", "volere", "andare", "venire", "fare", "sapere"}
)
_FUTURES = frozenset({"future", "conditional"})
_OPINIONS = frozenset(
    {
        "credere",
        "pensare",
        "sperare",
        "ritenere",
        "temere",
        "dubitare",
        "sembrare",
        "parere",
        "supporre",
        "immaginare",
        "aspettare",
    }
)
_NO_CONDITION = frozenset({"come", "chissà", "anche", "domanda"})
# After these verbs "se" introduces an indirect question: "vorrei chiederti se potresti aiutarmi".
_ASKING = frozenset({
    "sapere", "chiedere", "domandare", "vedere", "dire", "capire", "ricordare", "decidere", "scoprire", "controllare", "verificare",
    "indovinare", "spiegare", "dubitare", "importare", "interessare", "stabilire",
})  # fmt: skip
_POLITE = frozenset({"volere", "potere", "dovere"})


def problems(parsed: Parsed) -> Iterator[Problem]:
    sentence = parsed.sentence
    for index, word in enumerate(sentence.words):
        if word not in _first_words():
            continue
        if end := _phrases("main_past").end(sentence.words, index):
            yield from _wants(
                sentence,
                end,
                _PAST_SUBJUNCTIVE | (_of_opinion(sentence, index, end) - {"future"}),
                near=False,
            )
        elif end := _phrases("main_present").end(sentence.words, index):
            yield from _wants(sentence, end, SUBJUNCTIVES | _of_opinion(sentence, index, end), near=False)
        elif end := _phrases("conjunctions").end(sentence.words, index):
            connective = " ".join(sentence.words[index:end])
            yield from _wants(sentence, end, SUBJUNCTIVES, near=connective in _ALSO_PREPOSITIONS)
        elif word == "se":
            yield from _of_condition(sentence, index)


@cache
def _first_words() -> frozenset[str]:
    """The words with which a phrase that requires a mood can begin."""
    lists = (_phrases("main_past"), _phrases("main_present"), _phrases("conjunctions"))
    return frozenset({"se"}.union(*(phrases.first_words for phrases in lists)))


def _of_opinion(sentence: Sentence, start: int, end: int) -> frozenset[str]:
    """The tenses of the future that an opinion also allows: "spero che verrai", "pensavo che
    saresti venuto".
    """
    verbs = frozenset().union(*(infinitives(word) for word in sentence.words[start:end]))
    return _FUTURES if verbs & _OPINIONS or "probabile" in sentence.words[start:end] else frozenset()


def _wants(sentence: Sentence, start: int, tenses: frozenset[str], *, near: bool) -> Iterator[Problem]:
    verb = _first_verb(sentence, start, near=near)
    if verb is not None and not tenses & _finite_tenses(sentence, verb):
        yield Problem(Check.MOOD, "a verb has to be in the subjunctive, or in another tense of it")


def _of_condition(sentence: Sentence, index: int) -> Iterator[Problem]:
    words = sentence.words
    if index and (words[index - 1] in _NO_CONDITION or infinitives(words[index - 1]) & _ASKING):
        return
    verb = _first_verb(sentence, index + 1, near=False)
    tenses = _finite_tenses(sentence, verb) if verb is not None else frozenset()
    opens_clause = (
        index == 0
        or sentence.opens(index)
        or words[index - 1] in _CLAUSE_ENDS
        or _conditional_before(sentence, index)
    )
    if (
        tenses
        and opens_clause
        and (tenses <= {"conditional"} or tenses <= {"subjunctive_present", "imperative"})
    ):
        yield Problem(Check.MOOD, "se cannot be followed by the conditional or the present subjunctive")
    elif (
        tenses
        and _conditional_before(sentence, index, polite=False)
        and tenses & {"present", "future"}
        and not tenses & SUBJUNCTIVES
    ):
        yield Problem(Check.MOOD, "beside a conditional, the verb after se has to be in the subjunctive")
    elif tenses == _PAST_SUBJUNCTIVE and verb is not None:
        yield from _of_main_clause(sentence, verb)


def _of_main_clause(sentence: Sentence, verb: int) -> Iterator[Problem]:
    """Finds a main clause after "se avessi tempo," whose verb is neither in the conditional nor in the
    imperfect of spoken Italian.
    """
    if "dovere" in infinitives(sentence.words[verb]):
        return  # "se dovesse piovere, restiamo a casa" is right
    comma = next((at for at in range(verb, len(sentence.words)) if sentence.words[at] == ","), None)
    if comma is None or any(word in ("che", "come", "se") for word in sentence.words[comma:]):
        return
    main = _first_verb(sentence, comma + 1, near=False)
    if main is not None and _finite_tenses(sentence, main) <= {
        "present",
        "future",
        "remote",
        "subjunctive_imperfect",
    }:
        yield Problem(Check.MOOD, "beside a subjunctive after se, the main verb has to be in the conditional")


def _conditional_before(sentence: Sentence, index: int, *, polite: bool = True) -> bool:
    """Whether a conditional stands before this word. Without `polite`, "vorrei" and similar forms do not
    count, because they may only be polite: "potresti aiutarmi, se hai tempo?".
    """
    return any(
        _finite_tenses(sentence, at) == {"conditional"}
        and (polite or not infinitives(sentence.words[at]) & _POLITE)
        for at in range(index)
    )


def _first_verb(sentence: Sentence, start: int, *, near: bool) -> int | None:
    """The index of the clause's first finite verb: the answer, or a word that is certainly a verb."""
    for index in range(start, len(sentence.words)):
        word = sentence.words[index]
        if (
            word in _CLAUSE_ENDS
            or word in ("che", "quando", "mentre", "perché", "se", "cui")
            or (near and index > start + _NEAR)
        ):
            return None
        if near and (
            word in determiners()
            or word in ("ciò", "tempo", "ne", "mi", "ti")
            or sentence.written[index][0].isupper()
        ):
            return None
        if _finite_tenses(sentence, index):
            return index
        if sentence.written[index] in names():
            continue  # "Marco" is spelt like a form of marcare.
        if not _may_stand_between(sentence, index):
            found = readings(word)
            if any(reading.tense in FINITE for reading in found):
                return None  # This word may be the verb, so nothing is decided.
    return None


def _may_stand_between(sentence: Sentence, index: int) -> bool:
    word = sentence.words[index]
    return (
        word in determiners()
        or word in PRONOUNS
        or word in CLITICS
        or word in ADVERBS
        or (index > 0 and sentence.words[index - 1] in determiners())
    )


def _finite_tenses(sentence: Sentence, index: int) -> frozenset[str]:
    """The tenses of a word that is certainly a finite verb. Empty if it may be something else."""
    word = sentence.words[index]
    if word in CLITICS or word in determiners() or sentence.is_name(index):
        return frozenset()
    found = readings(word)
    if not found or any(reading.tense not in FINITE for reading in found):
        return frozenset()
    plain = all(reading.infinitive in _AUXILIARIES for reading in found) or _follows_subject(sentence, index)
    if plain or _is_answer_verb(sentence, index):
        return frozenset(reading.tense for reading in found)
    return frozenset()


def _follows_subject(sentence: Sentence, index: int) -> bool:
    """Whether a personal pronoun, a name or "non" stands before the word. A word that may be a verb is one
    there.
    """
    if not index:
        return False
    before = sentence.words[index - 1]
    return before in ("non", "io", "tu", "lui", "lei", "noi", "voi") or sentence.written[index - 1] in names()


def _is_answer_verb(sentence: Sentence, index: int) -> bool:
    if not sentence.start <= index < sentence.end or (
        sentence.end == len(sentence.words) and sentence.start == 0
    ):
        return False
    return any(
        group.tense not in ("participle", "infinitive", "gerund") for group in groups_of(sentence.answer)
    )


@cache
def _phrases(name: str) -> PhraseList:
    return PhraseList((*load("moods")[name], *_formed(name)))


def _formed(name: str) -> Iterator[str]:
    """The phrases built from the lists, in every person of the verbs and with every judgement: "pretendevano
    che", "era ingiusto che".
    """
    formed = load("moods")["formed"]
    for verb in formed["verbs"].split():
        for tense in formed["tenses"].get(name, "").split():
            yield from (
                f"{form} che" for person in range(6) for form in forms_of(verb, tense, person) if form
            )
    for copula in formed["copulas"].get(name, "").split():
        yield from (f"{copula} {judged} che" for judged in formed["judged"].split())
    if name == "conjunctions":
        yield from (f"{opener} {who}" for opener in formed["openers"] for who in formed["who"].split())
