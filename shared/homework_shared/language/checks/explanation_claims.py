"""Checks what an explanation claims about nouns, pronouns and sounds against the tables."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from homework_shared.language.checks.explanation_text import (
    QUOTE,
    Told,
    agreement_of_phrase,
    is_pronoun,
)
from homework_shared.language.data import load
from homework_shared.language.italian.nouns import ALL, FEMININE, MASCULINE, PLURAL, SINGULAR, Agreement
from homework_shared.language.italian.verbs import is_verb_form, readings
from homework_shared.language.italian.words import is_english
from homework_shared.language.reading.matching import alternatives
from homework_shared.language.reading.phrases import adjectives, determiners
from homework_shared.language.reading.subject import PRONOUNS
from homework_shared.language.reading.text import tokens

# "«zaino» is masculine singular": the claim is what follows the quotation, up to the next stop.
_IS = re.compile(QUOTE + r",? (?:is|are|being)(?: an?| the)? ([^,.;:«]{4,60})")
_BEFORE_NOUN = re.compile(
    r"\b((?:masculine|feminine)(?: (?:singular|plural))?|singular|plural)(?: \w+)? (?:noun|word|subject|adjective)s?,?"
    r" (?:like |as |such as )?" + QUOTE
)
_NOT = re.compile(r"\b(?:not|never|instead|unlike|except|but|neither)\b")
_CODES: dict[str, Agreement] = {
    "masculine": MASCULINE, "feminine": FEMININE, "singular": SINGULAR, "plural": PLURAL,
}  # fmt: skip
_OPPOSITE = {"masculine": "feminine", "feminine": "masculine", "singular": "plural", "plural": "singular"}
_VOWELS = "aeiouhàèéìòù"


def false_claims(told: Told) -> Iterator[str]:
    """The name of each false claim."""
    if not told.word_set.isdisjoint(_SOUNDS):
        yield from _of_next_sound(told)
    if not told.has_marks:
        return
    claims = [*_IS.findall(told.marked)]
    if not told.word_set.isdisjoint(_CODES):
        claims += [(word, claim) for claim, word in _BEFORE_NOUN.findall(told.marked)]
    for word, claim in claims:
        if not _NOT.search(claim):
            yield from _of_noun(told, word, claim)
            yield from _of_pronoun(told, word, claim)
    for triggers, claims_of in _CLAIMS:
        if not triggers.isdisjoint(told.word_set):
            yield from claims_of(told)


def _of_noun(told: Told, word: str, claim: str) -> Iterator[str]:
    words = set(claim.split())
    named = [name for name in _CODES if name in words and _OPPOSITE[name] not in words]
    # The tables of nouns do not cover verbs and pronouns.
    if not named or "person" in words or is_pronoun(word) or word in PRONOUNS or _is_verb(word):
        return
    last = tokens(word)[-1:]
    if last and is_english(last[0]) and last[0] not in told.parsed.sentence.words:
        return  # An English noun such as «people» is not in the Italian tables.
    allowed = agreement_of_phrase(word)
    yield from (name for name in named if not allowed & _CODES[name])


def _is_verb(word: str) -> bool:
    return (
        is_verb_form(word)
        and any(reading.person >= 0 for reading in readings(word))
        and not word.endswith("a")
    )


def _of_pronoun(told: Told, word: str, claim: str) -> Iterator[str]:
    if not is_pronoun(word) or ("pronoun" not in claim and "object" not in claim):
        return
    kinds = load("explanation")["pronouns"]
    for name, listed in kinds.items():
        if f" {name} " in f" {claim} " and word not in listed.split():
            yield "pronoun"
    if " direct " in f" {claim} " and "indirect" not in claim and _is_indirect(told, word):
        yield "pronoun"


def _is_indirect(told: Told, pronoun: str) -> bool:
    """Whether the pronoun is an indirect object: with a direct "le", "le ho regalato" would be "le ho
    regalate", and the object of "telefonare" is always indirect.
    """
    words = told.parsed.sentence.words
    for at, word in enumerate(words[:-2]):
        if word != pronoun or pronoun not in ("le", "gli"):
            continue
        if any(
            reading.infinitive in load("explanation")["indirect"].split()
            for reading in readings(words[at + 1])
        ):
            return True
        helper = any(reading.infinitive == "avere" for reading in readings(words[at + 1]))
        participle = any(reading.agreement == "ms" for reading in readings(words[at + 2]))
        if helper and participle:
            return True
    return False


_SUBJECT_OBJECT = re.compile(
    r"«(mi|ti|gli|le|ci|vi|lo|la|li|ne)» (?:here )?(?:is|are) the (?:\w+ )?subject\b"
)


def _of_subject_pronoun(told: Told) -> Iterator[str]:
    """Finds an object pronoun that is called the subject: "«mi» is the subject"."""
    if _SUBJECT_OBJECT.search(told.marked):
        yield "subject"


_AGREES = re.compile(
    r"\b(participle|adjective|possessive|article|pronoun)s?(?: \w+){0,4}? agrees?(?: in \w+(?: and \w+)?)? with (?:the )?(?:\w+ ){0,2}"
    + QUOTE
)


def _of_agreement(told: Told) -> Iterator[str]:
    """Finds a claim of agreement that the answer contradicts: "The participle agrees with «le ragazze»", for
    a masculine one.
    """
    for _, phrase in _AGREES.findall(told.marked):
        if is_pronoun(phrase) and phrase not in ("la", "le"):
            continue
        given = answer_agreement(told)
        wanted = FEMININE if phrase == "la" else agreement_of_phrase(phrase)
        if phrase not in PRONOUNS and not given & wanted:
            yield "agreement"


def answer_agreement(told: Told) -> Agreement:
    """The gender and number of the participle, adjective or determiner in a gap. Every agreement if it is
    none of these.
    """
    found = frozenset(group.agreement for group in told.answers if group.agreement)
    if found:
        return found
    answer = told.parsed.sentence.answer if told.parsed.has_gap and not told.answers else ()
    if not answer or "e" in answer:
        return ALL
    return adjectives().get(answer[-1], determiners().get(answer[-1], ALL))


_STANDS_FOR = re.compile(
    r"«(lo|la|li|le)» (?:here )?(?:replaces|stands for|refers to|takes the place of|means) (?:the )?(?:\w+ ){0,2}"
    + QUOTE
)
_OF_PRONOUN: dict[str, Agreement] = {
    "lo": frozenset({"ms"}), "la": frozenset({"fs"}), "li": frozenset({"mp"}), "le": FEMININE,
}  # fmt: skip


def _of_replaced(told: Told) -> Iterator[str]:
    """Finds a pronoun that cannot stand for the quoted noun: "«li» replaces «le chiavi»"."""
    for pronoun, phrase in _STANDS_FOR.findall(told.marked):
        if tokens(phrase)[0] in determiners() and not agreement_of_phrase(phrase) & _OF_PRONOUN[pronoun]:
            yield "replaced"


_SOUND = r"(?:begins?|starts?|beginning|starting) with (?:an? |the letter )?(?:«)?(vowel|consonant|z\b|s (?:\+|plus|and|followed)|gn|ps)"
_WORD_SOUND = re.compile(
    QUOTE
    + r"(?:,? (?:which|that|is|an?|and|it|also|masculine|feminine|singular|plural|noun|word|but|because)\b)*,? "
    + _SOUND
)
_NEXT_SOUND = re.compile(r"(?:next|following) word " + _SOUND)


def _of_sounds(told: Told) -> Iterator[str]:
    """Finds a word that does not begin with the named sound: "«zaino» begins with a vowel"."""
    for phrase, sound in _WORD_SOUND.findall(told.marked):
        parts = tokens(phrase)
        word = parts[1] if len(parts) > 1 and parts[0] in determiners() else parts[0]
        if not _begins_with(word, sound):
            yield "sound"


def _of_next_sound(told: Told) -> Iterator[str]:
    """Finds a wrong claim about the word after the gap: "The next word begins with a vowel"."""
    sentence = told.parsed.sentence
    if told.parsed.has_gap and sentence.end < len(sentence.words):
        for sound in _NEXT_SOUND.findall(told.marked):
            if not _begins_with(sentence.words[sentence.end], sound):
                yield "sound"


def _begins_with(word: str, sound: str) -> bool:
    if sound == "vowel":
        return word[0] in _VOWELS
    if sound == "consonant":
        return word[0] not in "aeoàèéìòù"  # "iogurt" and "uomo" begin with a semivowel.
    if sound.startswith("s "):
        return word[0] == "s" and word[1:2] not in _VOWELS
    return word.startswith(sound)


_FORM_OF = re.compile(
    r"(plural|feminine|masculine|singular)(?: form)? of "
    + QUOTE
    + r" (?:here )?(?:is|would be|becomes) "
    + QUOTE
)


def _of_other_form(told: Told) -> Iterator[str]:
    """Finds a wrong plural or gender: "the feminine of «bello» is «belli»". "The plural of «mano» is «mano»"
    is not reported, because some nouns keep their form.
    """
    for name, base, form in _FORM_OF.findall(told.marked):
        if not is_pronoun(form) and not agreement_of_phrase(form) & _CODES[name] and base != form:
            yield "form"


_MEANS = re.compile(
    QUOTE + r"(?:,? here,?)? (?:means|is translated as|translates as|corresponds to) " + QUOTE
)


def _of_meaning(told: Told) -> Iterator[str]:
    """Finds a meaning that belongs to another word: "«benché» means «because»"."""
    for italian, english in _MEANS.findall(told.marked):
        said = set(tokens(english))
        own = _meanings().get(italian)
        if own:
            others = frozenset().union(*_meanings().values()) - own
            if not said & own and said - _SMALL and said - _SMALL <= others:
                yield "meaning"
        elif len(said) == 1 and _is_other_word(italian, english):
            yield "meaning"


_SMALL = frozenset(["the", "a", "an", "to", "of", "in", "that", "it"])


def _is_other_word(italian: str, english: str) -> bool:
    words = load("meaning")["words"]
    if english not in words or " " in italian or alternatives(words[english]).search(italian):
        return False
    return any(alternatives(listed).fullmatch(italian) for other, listed in words.items() if other != english)


@cache
def _meanings() -> dict[str, frozenset[str]]:
    return {
        italian: frozenset(english.split()) for italian, english in load("explanation")["meanings"].items()
    }


@cache
def _rules() -> dict[str, list[tuple[re.Pattern[str], bool]]]:
    """The patterns of false rules, by a word that each must contain, so that only a few are tried on a text."""
    found: dict[str, list[tuple[re.Pattern[str], bool]]] = {}
    for rule in load("explanation")["false_rules"]:
        pattern = re.compile(rule["pattern"])
        for word in rule["words"].split():
            found.setdefault(word, []).append((pattern, rule.get("negated", False)))
    return found


def breaks_a_rule(told: Told) -> bool:
    """Whether the explanation states a rule that Italian does not have."""
    rules = _rules()
    for word in told.word_set & rules.keys():
        for pattern, negated in rules[word]:
            for found in pattern.finditer(told.marked):
                if negated or not _NOT.search(found[0]):
                    return True
    return False


_SOUNDS = frozenset({"begins", "starts", "begin", "start", "beginning", "starting"})
# Each check needs a quotation, and runs only if the explanation contains one of its words.
_CLAIMS: tuple[tuple[frozenset[str], Callable[[Told], Iterator[str]]], ...] = (
    (frozenset({"subject"}), _of_subject_pronoun),
    (frozenset({"agree", "agrees"}), _of_agreement),
    (frozenset({"replaces", "stands", "refers", "takes"}), _of_replaced),
    (_SOUNDS, _of_sounds),
    (frozenset({"plural", "feminine", "masculine", "singular"}), _of_other_form),
    (frozenset({"means", "translated", "translates", "corresponds"}), _of_meaning),
)
