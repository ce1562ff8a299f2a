"""Checks that options are words, and that exactly one of them fits, as far as the tables can tell."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.checks.articles import fits_sound, sound_of
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.nouns import ALL, agreement_of
from homework_shared.language.italian.verbs import auxiliary, is_verb_form, readings
from homework_shared.language.italian.words import is_english, is_italian
from homework_shared.language.reading.matching import PhraseList
from homework_shared.language.reading.parsed import Parsed, Sentence, Words
from homework_shared.language.reading.phrases import ADVERBS, CLITICS, NUMBERS, TIMES, determiners
from homework_shared.language.reading.subject import PRONOUNS, names
from homework_shared.language.reading.text import small
from homework_shared.language.reading.verb_groups import Group, groups_of

_INDICATIVE = frozenset(
    {"present", "imperfect", "future", "remote", "passato_prossimo", "trapassato_prossimo"}
)
_PERSONS_OF = {
    "mi": {0}, "ti": {1}, "si": {2, 5}, "ci": {3}, "vi": {4}, "m'": {0}, "t'": {1}, "s'": {2, 5}, "c'": {3}, "v'": {4},
}  # fmt: skip
_FEW_WORDS = 9
_MAY_BE_MADE_UP = 2
_SHORT, _ENDING = 5, 2
_MANY_WORDS = 8
_STEM = 3
_VOWELS = "aeiouàèéìòù"


def problems(parsed: Parsed) -> Iterator[Problem]:
    options = parsed.exercise.options
    if options is None:
        return
    others = parsed.others
    made_up = [option for option, sentence in others.items() if not _is_italian(_as_written(sentence))]
    # One existing word is enough beside wrong forms that students make, such as "leggiuto" and "volse".
    if len(made_up) > _MAY_BE_MADE_UP and not _may_be_its_forms(parsed, made_up):
        yield Problem(Check.OPTIONS, "the wrong options are not Italian words")
    elif any(_is_foreign(others[option], parsed.exercise.correct_answer) for option in made_up):
        yield Problem(Check.OPTIONS, "an option is not Italian")
    elif any(len(sentence.answer) > _MANY_WORDS for sentence in (parsed.sentence, *others.values())):
        yield Problem(Check.OPTIONS, "an option is a sentence")
    elif any(_is_right_too(parsed, other) for other in others.values()):
        yield Problem(Check.OPTIONS, "two options are right")
    elif _is_of_another_kind(parsed, others):
        yield Problem(Check.OPTIONS, "the explanation describes one of the other connectives")


def _as_written(sentence: Words) -> tuple[str, ...]:
    return sentence.written[sentence.start : sentence.end]


def _is_of_another_kind(parsed: Parsed, others: Iterable[str]) -> bool:
    """Whether the explanation describes a connective of another meaning than the answer's, and such a
    connective is among the options."""
    answer = small(parsed.exercise.correct_answer)
    kinds = {kind for kind, listed in _connectives().items() if answer in listed}
    if len(kinds) != 1:
        return False
    text = small(parsed.exercise.explanation)
    named = {
        kind
        for kind, words in load("options")["named"].items()
        if any(word in text for word in words.split())
    }
    if len(named) != 1 or named == kinds:
        return False
    wanted = _connectives()[next(iter(named))]
    return any(small(option) in wanted for option in others)


@cache
def _connectives() -> dict[str, frozenset[str]]:
    return {kind: frozenset(listed) for kind, listed in load("options")["connectives"].items()}


def _is_italian(written: tuple[str, ...]) -> bool:
    for token in written:
        word = token.casefold()
        if token[0].isalpha() and not is_italian(word) and not (token[0].isupper() and not is_english(word)):
            return False
    return True


def _is_foreign(option: Words, answer: str) -> bool:
    words = [
        word for word, token in zip(option.answer, _as_written(option), strict=True) if token[0].isalpha()
    ]
    stem = small(answer)[: min(_STEM, max(1, len(answer) - 1))]
    return any(is_english(word) and not is_italian(word) and not word.startswith(stem) for word in words)


def _is_verb(answer: tuple[str, ...]) -> bool:
    """Whether the last word is a form of a verb without attached pronouns."""
    return bool(answer) and any(reading.tense != "infinitive" for reading in readings(answer[-1]))


def _is_noun(parsed: Parsed) -> bool:
    """Whether the word that may be a verb stands in the place of a noun: "due gite", "sei archivi"."""
    sentence = parsed.sentence
    before = sentence.words[sentence.start - 1 : sentence.start]
    return bool(before) and (before[0] in determiners() or before[0] in NUMBERS) and before[0] not in CLITICS


def _may_be_its_forms(parsed: Parsed, options: list[str]) -> bool:
    """Whether the options are the answer with other endings: "zoi, zoe, zoa", of a noun with one form."""
    answer = small(parsed.exercise.correct_answer)
    if _is_verb(parsed.sentence.answer) and not _is_noun(parsed):
        return False  # A verb has enough real forms.
    if any(small(option)[-1] not in _VOWELS or len(option) > len(answer) + 1 for option in options):
        return False  # "ragazzos" and "ragazzus" have no Italian endings.
    stem = answer[:-1] if len(answer) < _SHORT else answer[:-_ENDING]
    return all(small(option).startswith(stem) for option in options)


def _is_right_too(parsed: Parsed, other: Words) -> bool:
    sentence = parsed.sentence
    if _are_synonyms(sentence.answer, other.answer) or _are_adverbs_of_not(sentence, other):
        return True
    if _is_relative_too(sentence, other):
        return True
    if _is_article_too(sentence, other):
        return True
    if not _is_verb(sentence.answer) or not _is_verb(other.answer):
        return False
    right, wrong = _persons_told(sentence.answer), _persons_told(other.answer)
    if not parsed.hints and any(_is_other_verb_too(sentence, one, two) for one in right for two in wrong):
        return True
    return _is_passive_too(sentence, right, wrong) or any(
        _is_verb_too(parsed, one, two) for one in right for two in wrong if one.infinitive == two.infinitive
    )


def _persons_told(answer: tuple[str, ...]) -> list[Group]:
    """The readings of the answer as a verb. A reflexive pronoun before the verb determines its person, and
    excludes the imperative."""
    found = [group for group in groups_of(answer) if group.tense != "imperative"] or list(groups_of(answer))
    told = _PERSONS_OF.get(answer[0]) if len(answer) > 1 else None
    return [group for group in found if group.person < 0 or told is None or group.person in told]


def _is_passive_too(sentence: Sentence, right: list[Group], wrong: list[Group]) -> bool:
    """Whether both options form the same passive: "Il premio viene assegnato", "è assegnato"."""
    following = readings(sentence.words[sentence.end]) if sentence.end < len(sentence.words) else ()
    takes_avere = any(
        found.tense == "participle" and auxiliary(found.infinitive) == "avere" for found in following
    )
    return takes_avere and any(
        (one.infinitive, two.infinitive) == ("venire", "essere")
        and (one.tense, one.person) == (two.tense, two.person)
        for one in right
        for two in wrong
    )


def _are_synonyms(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return "_".join(other) in _synonyms().get("_".join(one), ())


@cache
def _synonyms() -> dict[str, frozenset[str]]:
    """Each word or phrase with its synonyms, which include itself."""
    found: dict[str, frozenset[str]] = {}
    for listed in load("options")["same"]:
        same = frozenset(listed.split())
        for one in same:
            found[one] = found.get(one, frozenset()) | same
    return found


def _are_adverbs_of_not(sentence: Sentence, other: Words) -> bool:
    """Whether "mai" and "ancora" are both right: "Non sono mai stata", "non sono ancora stata", in a short
    sentence that does not decide between them."""
    words = sentence.words
    if (
        {*sentence.answer, *other.answer} != {"mai", "ancora"}
        or len(words) > _FEW_WORDS
        or "non" not in words[:2]
    ):
        return False
    following = readings(words[sentence.end]) if sentence.end < len(words) else ()
    return any(found.tense == "participle" for found in following)


_RELATIVE = re.compile(r"(al|del|dal|nel|sul|con il|con l|per il|per l)(?:l)?(a)? ?quale")
_SIMPLE = {"al": "a", "del": "di", "dal": "da", "nel": "in", "sul": "su", "con il": "con", "con l": "con", "per il": "per",
           "per l": "per"}  # fmt: skip


def _is_relative_too(sentence: Sentence, other: Words) -> bool:
    """Whether both relatives are right: "Il ragazzo a cui", "al quale". The gender of the noun decides."""
    if not sentence.start or "cui" not in (*sentence.answer[-1:], *other.answer[-1:]):
        return False
    pair = (" ".join(sentence.answer), " ".join(other.answer))
    noun = agreement_of(sentence.words[sentence.start - 1])
    return any(_is_same_relative(one, two, noun) for one, two in (pair, pair[::-1]))


def _is_same_relative(simple: str, long: str, noun: frozenset[str]) -> bool:
    if not simple.endswith(" cui"):
        return False
    found = _RELATIVE.fullmatch(long)
    if not found or simple != f"{_SIMPLE[found[1]]} cui":
        return False
    return noun == frozenset({"fs" if found[2] else "ms"})


def _is_other_verb_too(sentence: Sentence, one: Group, two: Group) -> bool:
    """Whether another verb in the same form is right too: a synonym, or, before a word of time only, another
    verb of motion."""
    if (one.tense, one.person, one.agreement) != (two.tense, two.person, two.agreement) or one.person < 0:
        return False
    if one.infinitive == two.infinitive:
        return False
    pair = {one.infinitive, two.infinitive}
    if any(pair <= same for same in _same_verbs()):
        return True
    return pair <= _GOING and sentence.words[sentence.end : sentence.end + 1] in (
        ("prima",),
        ("presto",),
        ("ieri",),
    )


_GOING = frozenset({"partire", "arrivare", "venire", "tornare", "uscire"})


@cache
def _same_verbs() -> list[frozenset[str]]:
    return [frozenset(same.split()) for same in load("options")["same_verbs"]]


def _is_article_too(sentence: Sentence, other: Words) -> bool:
    """Whether an article of the same kind in another form fits the next word too. "l'" and "la" before a
    consonant do not both fit."""
    if len(other.answer) != 1 or other.end >= len(other.words):
        return False
    pair = {*sentence.answer, *other.answer}
    kind = next((kind for kind in _kinds() if pair <= kind), None)
    noun = other.words[other.end]
    if (
        kind is None
        or is_verb_form(noun)
        or noun in determiners()
        or not agreement_of(noun)
        or len(agreement_of(noun)) > 1
    ):
        return False
    if other.answer == ("una",) and sound_of(noun) == "vowel":
        return False  # Before a vowel "una" is elided, and the exercise asks for that.
    base = determiners().get(other.answer[0], ALL)
    same_preposition = other.answer[0][:1] == sentence.answer[0][:1]
    return same_preposition and fits_sound(other.answer[0], noun) and bool(base & agreement_of(noun))


@cache
def _kinds() -> list[frozenset[str]]:
    return [frozenset(listed.split()) for listed in load("articles")["articles"].values()]


def _is_verb_too(parsed: Parsed, right: Group, wrong: Group) -> bool:
    """Whether the same verb is right too: in the same tense and person, or in another one that nothing in the
    sentence excludes."""
    if (right.tense, right.person, right.agreement) == (wrong.tense, wrong.person, wrong.agreement):
        return right.voice == wrong.voice and right.helper == wrong.helper and right.person >= 0
    if parsed.hints or right.person < 0 or wrong.person < 0 or {right.voice, wrong.voice} != {"active"}:
        return False
    if right.tense == wrong.tense:
        return (
            right.person != wrong.person and _has_no_subject(parsed.sentence) and right.tense in _INDICATIVE
        )
    same_person = right.person == wrong.person and {right.tense, wrong.tense} <= _INDICATIVE
    return same_person and _has_no_time(parsed.sentence)


def _has_no_subject(sentence: Sentence) -> bool:
    """Whether only words of time and place stand before the gap, and no other word shows the subject."""
    others = (*sentence.words[: sentence.start], *sentence.words[sentence.end :])
    free = TIMES | ADVERBS
    people = CLITICS | PRONOUNS.keys() | determiners().keys()
    before = sentence.words[: sentence.start]
    if any(
        word not in free and word[0].isalpha() and word not in ("la", "il", "ogni", "il") for word in before
    ):
        return False
    if any(sentence.written[index] in names() for index in range(len(sentence.words))):
        return False
    persons = {"mio", "mia", "miei", "mie", "tuo", "tua", "tuoi", "tue", "nostro", "nostra", "nostri", "nostre", "vostro",
               "vostra", "vostri", "vostre", "suo", "sua", "suoi", "sue", "insieme", "?", "!", "—", ":"}  # fmt: skip
    after = sentence.words[sentence.end :]
    # A noun right after the gap may be its subject.
    opens_phrase = bool(after) and (after[0] in determiners() or after[0] in people)
    return not persons & set(others) and not opens_phrase and not any(word in PRONOUNS for word in others)


def _has_no_time(sentence: Sentence) -> bool:
    others = (*sentence.words[: sentence.start], *sentence.words[sentence.end :])
    verbs = any(group.person >= 0 for word in others if len(word) > 2 for group in groups_of((word,)))
    times = TIMES | word_set("times", "shifting") | ADVERBS
    named = _past().occurs_in(sentence.words) or any(word.isdigit() for word in others)
    return not verbs and not named and times.isdisjoint(others)


@cache
def _past() -> PhraseList:
    return PhraseList((*load("times")["past"], *load("times")["future"]))
