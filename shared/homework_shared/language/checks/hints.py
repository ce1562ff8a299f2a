"""Checks that an answer is a form of the word in its hint, in the tense and the person that
the hint names.
"""

from collections.abc import Iterator
from functools import cache

from homework_shared.exercises.checks import Check, Problem
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.plurals import misspelt_plurals
from homework_shared.language.italian.verbs import auxiliary, bare_infinitive, is_known, participles
from homework_shared.language.italian.words import is_english, is_function_word, is_italian, lemma
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.tenses import accepts, tenses_named
from homework_shared.language.reading.text import small, tokens
from homework_shared.language.reading.verb_groups import Group, groups_of

_LETTERS_IN_COMMON = 2
_SHORT = 3
_NEAR = 5
_ENGLISH_WORDS = {
    "the": "il lo la l' i gli le",
    "a": "un uno una un' a ad",
    "an": "un uno una un'",
    "my": "mio mia miei mie il la i le",
    "your": "tuo tua tuoi tue vostro vostra vostri vostre suo sua suoi sue",
    "our": "nostro nostra nostri nostre",
    "his": "suo sua suoi sue",
    "her": "suo sua suoi sue la le lei",
}


def problems(parsed: Parsed) -> Iterator[Problem]:
    if not parsed.hints:
        return
    if not parsed.has_gap:
        yield from _of_cue(parsed)
        return
    if _names_kind_only(parsed):
        yield Problem(Check.HINT, "the hint names the kind or the tense of a word and not the word")
    verbs = [hint for hint in parsed.hints if _is_infinitive(hint)]
    if len(verbs) == 1:
        yield from _of_verb(parsed, verbs[0])
    elif not verbs and _is_of_unknown_verb(parsed):
        yield Problem(Check.HINT_MISMATCH, "the answer is not a form of the verb in the hint")
    elif not verbs:
        yield from _of_word(parsed, parsed.hints[0])


def _names_kind_only(parsed: Parsed) -> bool:
    """Finds "(aggettivo)" and "(futuro, noi)" as the whole hint of a gap that many words would fill."""
    named = frozenset(word for hint in parsed.hints for word in tokens(small(hint)))
    answer, others = parsed.sentence.answer, parsed.sentence
    if not named <= word_set("hints", "kinds") | word_set("hints", "tenses") | word_set("hints", "modifiers"):
        return False
    if parsed.exercise.options or is_function_word(answer[-1]) or _GIVEN & parsed.words:
        return False
    if named & word_set("hints", "kinds"):
        return True
    verbs = {group.infinitive for group in groups_of(answer)}
    around = (*others.words[: others.start], *others.words[others.end :])
    elsewhere = {group.infinitive for word in around for group in groups_of((word,))}
    is_tense = bool(named & word_set("hints", "tenses"))
    return is_tense and bool(verbs) and not verbs & (elsewhere | {"essere", "avere", "stare"})


# With these the question says which word is meant: "Il contrario di alto è ___ (aggettivo)".
_GIVEN = frozenset({"contrario", "opposto", "sinonimo", "significa", "opposite", "=", "→"})


def _is_of_unknown_verb(parsed: Parsed) -> bool:
    """Whether the hint is an infinitive that the table of verbs lacks, and the answer a form of a verb that it has
    and that begins otherwise.
    """
    hint = small(parsed.hints[0])
    if (
        " " in hint
        or is_known(hint)
        or not hint.endswith(("are", "ere", "ire"))
        or not any(map(tenses_named, parsed.hints))
    ):
        return False
    verbs = {group.infinitive for group in groups_of(parsed.sentence.answer)}
    return bool(verbs) and all(verb[:_LETTERS_IN_COMMON] != hint[:_LETTERS_IN_COMMON] for verb in verbs)


def _of_cue(parsed: Parsed) -> Iterator[Problem]:
    """Finds a translation without a verb in the tense of its cue: "Translate: … (passato prossimo)"."""
    tenses = frozenset().union(*(tenses_named(hint) for hint in parsed.hints)) - {"passive"}
    if tenses and not any(accepts(tenses, tense) for tense in _tenses_of(parsed.sentence.words)):
        yield Problem(Check.HINT_MISMATCH, "no verb is in the tense that the question names")


def _tenses_of(words: tuple[str, ...]) -> set[str]:
    """The tenses of every word, alone or together with a participle or a gerund a few words later."""
    found = {group.tense for word in words for group in groups_of((word,))}
    for index, word in enumerate(words):
        for after in words[index + 1 : index + 1 + _NEAR]:
            found |= {group.tense for group in groups_of((word, after))}
    return found


def _is_infinitive(hint: str) -> bool:
    return hint.endswith(("re", "rsi", "rci", "rsene")) and " " not in hint and is_known(small(hint))


def _of_verb(parsed: Parsed, hint: str) -> Iterator[Problem]:
    verb = bare_infinitive(small(hint))
    groups = groups_of(parsed.sentence.answer)
    if not groups:
        if _is_known_word(parsed) and not _holds_form_of(parsed, verb) and not _is_built_from(parsed, verb):
            yield Problem(Check.HINT_MISMATCH, "the answer is not a form of the verb in the hint")
        return
    fitting = [group for group in groups if group.infinitive == verb]
    if not fitting:
        if not _holds_form_of(parsed, verb):
            yield Problem(Check.HINT_MISMATCH, "the answer is not a form of the verb in the hint")
        return
    yield from _of_tense(parsed, verb, fitting)
    yield from _of_person(parsed, fitting, reflexive=small(hint).endswith("si"))


def _of_tense(parsed: Parsed, verb: str, groups: list[Group]) -> Iterator[Problem]:
    tenses = frozenset().union(*(tenses_named(hint) for hint in parsed.hints))
    passive = "passive" in tenses
    named = tenses - {"passive"}
    if passive and not any(group.voice in ("passive", "either") for group in groups):
        yield Problem(Check.HINT_MISMATCH, "the hint asks for the passive")
    if not named:
        return
    in_tense = [group for group in groups if accepts(named, group.tense)]
    completes = parsed.sentence.start > 0 and all(group.tense in ("participle", "gerund") for group in groups)
    if (not in_tense or (named == {"imperative"} and _is_statement(parsed, groups))) and not completes:
        yield Problem(Check.HINT_MISMATCH, "the answer is not in the tense that the hint names")
    elif in_tense and not passive and all(group.helper == "essere" for group in in_tense):
        pronouns = {"mi", "ti", "si", "ci", "vi", "s'", "m'", "t'", "se"}
        before = set(parsed.sentence.words[max(0, parsed.sentence.start - 2) : parsed.sentence.end])
        if auxiliary(verb) == "avere" and not pronouns & before:
            yield Problem(Check.AUXILIARY, "a verb that takes avere is used with essere")


def _is_statement(parsed: Parsed, groups: list[Group]) -> bool:
    """Whether the answer is a form of the present that is no imperative: "dici" for "di'"."""
    tenses = {group.tense for group in groups}
    infinitive = parsed.sentence.answer[-1].endswith(("re", "rsi"))
    return "present" in tenses and not infinitive and tenses.isdisjoint({"imperative", "subjunctive_present"})


def _of_person(parsed: Parsed, groups: list[Group], *, reflexive: bool) -> Iterator[Problem]:
    persons = load("tenses")["persons"]
    asked = {persons[small(hint)] for hint in parsed.hints if small(hint) in persons}
    given = {group.person for group in groups if group.person >= 0}
    if hint_is_formal := any(hint == "Lei" for hint in parsed.hints):
        asked = {2}
    if asked and given and not asked & given and not (hint_is_formal and 2 in given):
        yield Problem(Check.HINT_MISMATCH, "the answer is not in the person that the hint names")
    if reflexive and given:
        yield from _of_reflexive(parsed, given)


def _of_reflexive(parsed: Parsed, persons: set[int]) -> Iterator[Problem]:
    pronouns = {0: "mi", 1: "ti", 2: "si", 3: "ci", 4: "vi", 5: "si"}
    around = parsed.sentence.words[max(0, parsed.sentence.start - 2) : parsed.sentence.end + 1]
    found = [
        word[0]
        for word in around
        if word in {*pronouns.values(), "m'", "t'", "s'", "c'", "v'", "me", "te", "se", "ce", "ve"}
    ]
    ends = any(word.endswith(("mi", "ti", "si", "ci", "vi")) for word in parsed.sentence.answer)
    if not found and not ends:
        yield Problem(Check.HINT_MISMATCH, "the verb in the hint is reflexive, but the answer is not")
    elif found and not any(pronouns[person][0] in found for person in persons):
        yield Problem(Check.HINT_MISMATCH, "the reflexive pronoun and the verb are not in the same person")


def _holds_form_of(parsed: Parsed, verb: str) -> bool:
    """Whether a single word of the answer is a form of the verb: "sta per partire", "li ho visti"."""
    return any(
        group.infinitive == verb for word in parsed.sentence.answer for group in groups_of((word,))
    ) or any(f"{word[:-1]}o" in participles(verb) for word in parsed.sentence.answer)


def _is_built_from(parsed: Parsed, verb: str) -> bool:
    """Whether the answer is a noun or an adjective derived from the verb: "la lettura" for the hint
    "(leggere)".
    """
    return (
        len(parsed.sentence.answer) == 1
        and parsed.sentence.answer[0][:_LETTERS_IN_COMMON] == verb[:_LETTERS_IN_COMMON]
    )


def _is_known_word(parsed: Parsed) -> bool:
    return all(is_italian(word) for word in parsed.sentence.answer if word[0].isalpha())


def _of_word(parsed: Parsed, hint: str) -> Iterator[Problem]:
    """Finds an answer that is not a form of the hint: "(arancia)" requires "arance". An English hint requires
    one of its translations.
    """
    wanted, answer = small(hint), parsed.sentence.answer
    if wanted in _ENGLISH_WORDS and hint[0].islower():
        if (
            len(answer) == 1
            and answer[0] not in _ENGLISH_WORDS[wanted].split()
            and not _is_preposition_with_article(answer[0])
        ):
            yield Problem(Check.HINT_MISMATCH, "the answer is not a translation of the hint")
        return
    if wanted in word_set("hints", "terms") or wanted in _suppletive().get(answer[0], ()):
        return
    if is_function_word(answer[0]) and not is_function_word(wanted):
        # The hint describes the answer and is not its base form: "(dimostrativo)", or "(ragazza)" for "lei".
        return
    single = len(tokens(hint)) == 1 and wanted.isalpha() and len(wanted) > _SHORT
    if not single or is_english(wanted) or not is_italian(wanted) or len(answer) != 1 or tenses_named(hint):
        return
    if answer[0] in misspelt_plurals(wanted):
        yield Problem(Check.ORTHOGRAPHY, "the plural of the word in the hint is spelt differently")
    elif len(answer[0]) > _SHORT and not _is_alike(wanted, answer[0]):
        yield Problem(Check.HINT_MISMATCH, "the answer is not a form of the word in the hint")


@cache
def _suppletive() -> dict[str, frozenset[str]]:
    """Each irregular form with the words that it may be a form of, although it resembles none of them:
    "migliore" with "buono".
    """
    found: dict[str, frozenset[str]] = {}
    for word, forms in load("hints")["suppletive"].items():
        for form in forms.split():
            found[form] = found.get(form, frozenset()) | {word}
    return found


def _is_alike(one: str, other: str) -> bool:
    return (
        one[:_LETTERS_IN_COMMON] == other[:_LETTERS_IN_COMMON]
        or lemma(one) == lemma(other)
        or one[-4:] == other[-4:]
    )


def _is_preposition_with_article(word: str) -> bool:
    return word in frozenset(load("articles")["articles"]["articulated"].split())
