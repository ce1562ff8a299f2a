"""Checks whether the form and the tense that an explanation gives as right are those of the answer."""

import re
from collections.abc import Iterator
from functools import cache

from homework_shared.language.checks.explanation_text import QUOTE, Told
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.verbs import readings
from homework_shared.language.italian.words import is_function_word, is_italian, lemma
from homework_shared.language.reading.tenses import accepts, tenses_named
from homework_shared.language.reading.text import small, tokens
from homework_shared.language.reading.verb_groups import groups_of

# If one of these follows, another statement begins and the quotation is not a conclusion: "so «arancia»
# becomes «arance»".
_NO_RESULT = r"(?! (?:becomes|is (?!needed|required|right|correct|the right|the correct)|are |takes|has |agrees|loses|changes|stands|follows|comes|goes|means|plus|\+|uses|needs|forms|keeps|drops|does|would|replaces|refers|must|can))"
_SO = re.compile(
    r"\b(?:so|hence|therefore|thus|(?:correct|right|proper) (?:\w+ ){1,2}is|answer is|sentence (?:needs|requires|has)|here it is)"
    r"(,? [^«.;:]{0,60}?)?:? ?" + QUOTE + _NO_RESULT
)
# These phrases are also used for other persons: "with «tu» the verb is «vuoi»".
_SAID = re.compile(
    r"\b(?:we (?:say|use|need|write)|one (?:says|uses|writes)|must be|should be|has to be|(?:form|verb|article|preposition|pronoun|auxiliary|participle|possessive|adjective|plural|feminine) (?:here |needed |(?:that|which) [a-z ]{4,30}? )?(?:is|must be|should be))"
    r"(,? [^«.;:]{0,60}?)?:? ?" + QUOTE + _NO_RESULT
)
_WEAK = re.compile(
    r"\b(?:becomes|gives|is translated (?:with|as|by)|is expressed (?:with|by)|form of «[^»]{1,30}» [^«.;:]{0,40}?is)() "
    + QUOTE
)
_NEEDED = re.compile(
    r"()"
    + QUOTE
    + r" is (?:needed|required|the (?:correct|right|proper) (?:form|answer|article|word|choice))"
)
_ALWAYS = (
    (word_set("explanation", "so"), _SO),
    (frozenset({"needed", "required", "correct", "proper", "right"}), _NEEDED),
)
_UNLESS_QUOTED = (
    (word_set("explanation", "said"), _SAID),
    (frozenset({"becomes", "gives", "translated", "expressed", "form"}), _WEAK),
)
# A quotation after one of these is not a conclusion: "so with «noi»", "so it stands before «ragazzi»".
_LEADS_ELSEWHERE = frozenset(
    [
        "of",
        "with",
        "for",
        "after",
        "before",
        "like",
        "from",
        "than",
        "to",
        "between",
        "in",
        "as",
        "by",
        "and",
        "not",
        "never",
        "follows",
        "follow",
        "precedes",
        "replaces",
        "agrees",
    ]
)
_NEGATED = frozenset(["not", "never", "instead", "unlike", "than", "rather"])
_NOT = re.compile(r"\b(?:not|never|instead|unlike|except|neither|no longer|rather)\b")


def contradicts_answer(told: Told) -> bool:
    """Whether the explanation gives another form, tense or ending than the answer has."""
    return _gives_another_form(told) or _names_another_tense(told) or _gives_another_ending(told)


def _gives_another_form(told: Told) -> bool:
    """Finds another form given as the right one: "so the correct form is «hanno arrivato»", where the answer
    is "sono arrivate".
    """
    return any(not _is_of_answer(told, given) and _is_rival(told, given) for given in _conclusions(told))


def _conclusions(told: Told) -> Iterator[str]:
    if not told.has_marks:
        return
    # If the answer is quoted too, another form after "becomes" may be there for contrast.
    patterns = _ALWAYS if _quotes_answer(told) else (*_ALWAYS, *_UNLESS_QUOTED)
    for words, pattern in patterns:
        if words.isdisjoint(told.word_set):
            continue
        for found in pattern.finditer(told.marked):
            between = (found[1] or "").replace(",", " ").split()
            if not between or (between[-1] not in _LEADS_ELSEWHERE and _NEGATED.isdisjoint(between)):
                yield found[2]


def _quotes_answer(told: Told) -> bool:
    return bool(told.quotes) and _bare(small(told.parsed.exercise.correct_answer)) in map(_bare, told.quotes)


def _bare(text: str) -> str:
    return text.strip(" .,;:!?'")


def _is_of_answer(told: Told, given: str) -> bool:
    """Whether the quotation is the answer, occurs in its sentence, or is one of these after an article or a
    pronoun.
    """
    words = told.parsed.sentence.words
    parts = tuple(tokens(given))
    if not parts or (
        told.parsed.has_gap and _bare(given) in _bare(" ".join(told.parsed.sentence.answer)).split()
    ):
        return True
    if told.parsed.has_gap and " ".join(told.parsed.sentence.answer).rstrip("'") in " ".join(parts):
        return True
    left = parts
    while left:
        if any(words[start : start + len(left)] == left for start in range(len(words) - len(left) + 1)):
            return not told.parsed.has_gap or left == parts or not _is_determiner(told)
        if left[0] not in word_set("explanation", "light"):
            return False
        left = left[1:]
    return False


def _is_determiner(told: Told) -> bool:
    """Whether the answer is an article. An article before the noun then matters for the comparison."""
    return set(told.parsed.sentence.answer) <= _articles()


def _is_rival(told: Told, given: str) -> bool:
    """Whether the quotation competes with the answer: another form of its verb, or another word of its closed
    class.
    """
    exercise, words = told.parsed.exercise, tuple(tokens(given))
    if exercise.options and given in [small(option) for option in exercise.options]:
        return True
    if not all(is_italian(word) for word in words if word[0].isalpha()):
        return False
    groups = groups_of(words)
    verbs = {group.infinitive for group in groups}
    finite = any(group.person >= 0 for group in groups)
    if told.parsed.has_gap:
        answers = {group.infinitive for group in told.answers}
        return (bool(verbs & answers) and (finite or len(words) > 1)) or _is_of_its_class(told, words)
    in_sentence = {group.infinitive for group in told.groups}
    if finite and verbs & in_sentence:
        return not _quotes_a_form_of(told, verbs)
    return (
        len(words) > 2
        and _finite_start(words)
        and words[-1] in told.parsed.sentence.words
        and not is_function_word(words[-1])
    )


def _quotes_a_form_of(told: Told, verbs: set[str]) -> bool:
    """Whether the explanation also quotes a form of the same verb that is in the sentence."""
    sentence = f" {' '.join(told.parsed.sentence.words)} "
    return any(
        f" {part} " in sentence and verbs & {group.infinitive for group in groups_of(tuple(tokens(part)))}
        for part in told.quotes
    )


def _finite_start(words: tuple[str, ...]) -> bool:
    """Whether the quotation begins with a compound verb: "abbiamo lasciato riparare"."""
    return any(group.person >= 0 and group.helper for group in groups_of(words[:2]))


def _is_of_its_class(told: Told, words: tuple[str, ...]) -> bool:
    """Whether the quotation is another word of the answer's closed class, alone or before the noun after the
    gap.
    """
    sentence = told.parsed.sentence
    answers, after = sentence.answer, sentence.words[sentence.end :][:1]
    if words[-1:] == after and len(words) > 1:
        words = words[:-1]
        return (
            set(words) <= _closed()
            and set(answers) <= _closed()
            and not (set(words) <= _articles() and not _is_determiner(told))
        )
    if len(words) != len(answers) or set(words) & set(sentence.words) or words == ("quello",):
        return False
    if answers[0].endswith("'") and words[0][0] == answers[0][0]:
        return False  # "lo" may be quoted as the full form of "l'".
    if any(reading.agreement == "ms" for reading in readings(words[0])):
        return False  # A participle before the answer agrees with it.
    if set(words) <= _closed() and set(answers) <= _closed():
        return any(set(words) <= kind and set(answers) <= kind for kind in _kinds())
    # An explanation may start from the answer's base form.
    return len(words) == 1 and lemma(words[0]) == lemma(answers[0]) not in (words[0], answers[0])


@cache
def _articles() -> frozenset[str]:
    tables = load("articles")["articles"]
    return frozenset(f"{tables['definite']} {tables['indefinite']} {tables['partitive']}".split())


@cache
def _kinds() -> tuple[frozenset[str], ...]:
    """The closed classes: articles, pronouns, and prepositions with and without an article."""
    tables = load("articles")
    simple = load("explanation")["prepositions"]
    return (
        frozenset(f"{tables['articles']['definite']} {tables['articles']['indefinite']}".split()),
        frozenset(word for word in word_set("explanation", "clitics") if not word.startswith("glie")),
        frozenset(["glielo", "gliela", "glieli", "gliele", "gliene"]),
        frozenset(simple.split()),
        frozenset(tables["articles"]["articulated"].split())
        if "articulated" in tables["articles"]
        else frozenset(),
        frozenset(["quel", "quello", "quella", "quell'", "quei", "quegli", "quelle"]),
        frozenset(["che", "cui", "chi"]),
        frozenset(["che", "di"]),
    )


@cache
def _closed() -> frozenset[str]:
    return frozenset().union(*_kinds()) | frozenset(load("articles")["before"]["plain"].split())


_TENSE = re.compile(
    r"\b(?:so|hence|therefore|(?:italian|we|one|sentence|answer) (?:uses?|needs?|has|requires?|is in)|verb (?:is|stands|must be|goes) in|takes|requires|calls for|needs|followed by)"
    r" (?:the verb is in )?(?:the|an) (?:\w+ )?((?:[a-z]+ ){0,3}[a-z]+)"
)
_MOOD = re.compile(
    r"\b(?:followed by|takes|requires|needs|governs|so|uses|calls for|is in) the (indicative|subjunctive)\b"
)


def _names_another_tense(told: Told) -> bool:
    """Finds another tense than the answer's: "so the imperfetto is needed", for an answer in the future."""
    if told.parsed.has_gap != bool(told.answers):
        return False
    if not told.tenses and "indicative" not in told.word_set:
        return False
    tenses = {group.tense for group in told.answers if group.person >= 0}
    if told.parsed.has_gap and not tenses:
        return False
    if tenses and _wants_the_indicative(told) and all(map(_is_subjunctive, tenses)):
        return "subjunctive" not in told.word_set and not _is_undecided(told)
    return not any(_may_be_called(told, tense) for tense in tenses) and _wants_another_tense(told)


def _wants_the_indicative(told: Told) -> bool:
    return "the indicative" in told.marked and set(_MOOD.findall(told.marked)) == {"indicative"}


def _is_undecided(told: Told) -> bool:
    return _NOT.search(told.marked) is not None or told.has_unknown_verb


def _may_be_called(told: Told, tense: str) -> bool:
    """Whether `tense` may be called by one of the names in the explanation. Mostly it is the answer's tense."""
    named = told.tenses - {"passive"}
    return accepts(named, tense) or any(name in tense for name in named)


def _wants_another_tense(told: Told) -> bool:
    """Whether the explanation requires a tense that no verb of the sentence has."""
    said = {tense for found in _TENSE.findall(told.marked) for tense in tenses_named(found)} - {"passive"}
    if not said or said & {"gerund", "infinitive", "participle", "progressive_present"}:
        return False
    if " as in " in told.marked or "like" in told.word_set or _is_undecided(told):
        return False
    is_finite = any(group.person >= 0 for group in (told.answers or told.groups))
    return is_finite and not any(
        _may_be_called(told, tense) for tense in {group.tense for group in told.groups}
    )


def _is_subjunctive(tense: str) -> bool:
    return tense.startswith(("subjunctive", "congiuntivo"))


_ENDING = re.compile(
    r"\b(?:so|therefore|hence)\b[^.;«]{0,60}\b(?:ends in|takes the ending|has the ending) «?-?([a-zàèìòù]{1,6})»?(?=[\s.,;]|$)"
)


def _gives_another_ending(told: Told) -> bool:
    """Finds another ending than the answer's: "so the verb ends in -ano", for "parla"."""
    if not told.parsed.has_gap or told.word_set.isdisjoint({"ends", "ending"}) or _NOT.search(told.marked):
        return False
    return any(
        not any(word.endswith(ending) for word in told.parsed.sentence.answer)
        and not any(word.endswith(ending) for word in told.quotes)
        for ending in _ENDING.findall(told.marked)
    )
