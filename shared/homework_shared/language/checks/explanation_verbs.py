"""Checks what an explanation claims about verbs: persons, tenses, auxiliaries, classes and subjects."""

import re
from collections.abc import Callable, Iterator

from homework_shared.language.checks.explanation_claims import answer_agreement
from homework_shared.language.checks.explanation_conjugation import of_class, of_regularity
from homework_shared.language.checks.explanation_text import (
    QUOTE,
    Told,
    agreement_of_phrase,
    is_pronoun,
)
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.nouns import FEMININE, MASCULINE, PLURAL, SINGULAR
from homework_shared.language.italian.verbs import auxiliary, bare_infinitive, is_known
from homework_shared.language.reading.subject import PRONOUNS
from homework_shared.language.reading.tenses import accepts, tenses_named
from homework_shared.language.reading.text import tokens
from homework_shared.language.reading.verb_groups import COMPOUNDS, groups_of

_CONTRAST = frozenset(
    [
        "not",
        "never",
        "unlike",
        "but",
        "while",
        "whereas",
        "although",
        "except",
        "most",
        "other",
        "instead",
        "usually",
        "both",
    ]
)
_SINGULAR_PERSONS = frozenset({0, 1, 2})
_PERSON = re.compile(r"\b(first|second|third) person (singular|plural)")
_FORM_IS = re.compile(QUOTE + r",? (?:here )?is (?:in )?(?:the |an? )?([^.,;:«]{4,70})(?:«([^»]{3,20})»)?")
# If a claim contains one of these, the tense or the verb in it may belong to another word.
_OF_ANOTHER = frozenset(
    [
        "used",
        "followed",
        "after",
        "before",
        "with",
        "like",
        "from",
        "for",
        "needed",
        "formed",
        "subject",
        "object",
        "opposite",
        "not",
        "plus",
        "and",
        "introduced",
    ]
)


def false_claims_of_verbs(told: Told) -> Iterator[str]:
    for triggers, claims_of in (*_CLAIMS, *_CLAIMS_OF_QUOTED) if told.has_marks else _CLAIMS:
        if not triggers.isdisjoint(told.word_set):
            yield from claims_of(told)


def _of_forms(told: Told) -> Iterator[str]:
    """Finds a form with the wrong name: "«andrei» is the subjunctive of «andare»", "«abbiamo» is the second
    person plural of «essere»".
    """
    for form, claim, verb in _FORM_IS.findall(told.marked):
        groups = [group for group in groups_of(tuple(tokens(form))) if group.person >= 0]
        if not groups or not _OF_ANOTHER.isdisjoint(claim.split()):
            continue
        person = _PERSON.search(claim)
        if person and load("explanation")["persons"][person[0]] not in {group.person for group in groups}:
            yield "person"
        named = tenses_named(claim.split(" of ")[0]) - {"passive", "progressive_present", "participle"}
        if named and not any(_may_be_called(named, group.tense) for group in groups):
            yield "tense"
        if verb and claim.endswith(" of ") and is_known(verb) and verb.endswith(("re", "rsi")):
            bare = bare_infinitive(verb)
            if bare not in {group.infinitive for group in groups} | {group.helper for group in groups}:
                yield "verb"


def _may_be_called(named: frozenset[str], tense: str) -> bool:
    """Whether the tense may be called by this name. The imperfect subjunctive may be called "imperfect"."""
    return accepts(named, tense) or any(name in tense for name in named)


def _of_person(told: Told) -> Iterator[str]:
    """Finds an explanation that names persons, none of which is the answer's."""
    # The person may be that of a pronoun or a possessive. The negative imperative has no person.
    if not told.word_set.isdisjoint(_OF_OTHER_PERSONS) or (not told.parsed.has_gap and told.has_unknown_verb):
        return
    persons = {load("explanation")["persons"][found[0]] for found in _PERSON.finditer(told.marked)}
    if persons and told.persons and not persons & told.persons and not _quotes_other_forms(told):
        yield "person"


_OF_OTHER_PERSONS = frozenset(["pronoun", "pronouns", "possessive", "imperative", "infinitive"])


def _quotes_other_forms(told: Told) -> bool:
    """Whether the explanation contrasts the answer with other forms of a verb. The person may be theirs."""
    verbs = {group.infinitive for group in (told.answers or told.groups)}
    answer = " ".join(told.parsed.sentence.answer)
    return any(
        part not in answer
        and any(group.infinitive in verbs and group.person >= 0 for group in groups_of(tuple(tokens(part))))
        for part in told.quotes
    )


_SUBJECT_NUMBER = re.compile(
    r"\bsubject(?: here)?(?:,? «([^»]{1,40})»,?)? (?:here )?is (?:in the )?(?:third person )?(?:an? )?(?:(masculine|feminine) )?(singular|plural)\b"
)
_SUBJECT = re.compile(r"\bsubject(?: is|,| here is| of the sentence is)? " + QUOTE + r"(?! of)")
_IS_SUBJECT = re.compile(QUOTE + r",? (?:here )?(?:is|being) the (?:grammatical )?subject\b(?! of «)")
_PRONOUN_FORM = re.compile(r"(?<!not )(?:the )?«?\b(io|tu|noi|voi|loro)»? form\b")


def _of_subject(told: Told) -> Iterator[str]:
    """Finds a subject whose number or person is not that of the answer."""
    if not told.persons or not told.word_set.isdisjoint(
        {"subjects", "main", "second", "infinitive", "impersonal"}
    ):
        return
    for _, gender, number in _SUBJECT_NUMBER.findall(told.marked) if _names_number(told) else ():
        wanted = _SINGULAR_PERSONS if number == "singular" else frozenset({3, 4, 5})
        if not told.persons & wanted:
            yield "number"
        elif gender and not answer_agreement(told) & (MASCULINE if gender == "masculine" else FEMININE):
            yield "gender"
    if not told.has_marks:
        return
    for phrase in (*_SUBJECT.findall(told.marked), *_IS_SUBJECT.findall(told.marked)):
        if not told.persons & _persons_of(phrase):
            yield "subject"


def _names_number(told: Told) -> bool:
    return "singular" in told.marked or "plural" in told.marked


def _of_pronoun_form(told: Told) -> Iterator[str]:
    """Finds the form of another person: "the «voi» form", for an answer in another person."""
    named = {PRONOUNS[name] for name in _PRONOUN_FORM.findall(told.marked)}
    is_other = bool(named) and bool(told.persons) and not named & told.persons
    if told.parsed.has_gap and is_other and not _quotes_other_forms(told):
        yield "person"


def _persons_of(phrase: str) -> frozenset[int]:
    if phrase in PRONOUNS:
        return frozenset({PRONOUNS[phrase]})
    agreement = agreement_of_phrase(phrase)
    words = set(tokens(phrase))
    if words & word_set("explanation", "prepositions") or words & {"al", "alla", "ai", "alle", "agli"}:
        return frozenset(range(6))  # "a Marco" is no subject.
    if words & {"io", "tu", "noi", "voi", "chi"} or is_pronoun(phrase) or len(words) > 3:
        return frozenset(range(6))
    return (
        frozenset({2})
        if agreement <= SINGULAR
        else frozenset({3, 4, 5})
        if agreement <= PLURAL
        else frozenset(range(6))
    )


_TAKES = re.compile(
    QUOTE
    + r"(?: (?:always|normally|here|also|usually|therefore))? (?:takes|uses|needs|requires|wants|has|goes with|is conjugated with|(?:forms|builds|makes) [^.,;«]{3,60} with)"
    r"(?: the)?(?: auxiliary)?(?: verb)? «?(avere|essere)\b"
)
_AUXILIARY = re.compile(
    r"\b(?:uses?|takes?|with|auxiliary(?: verb)?(?: is)?|requires?|needs?|conjugated with|forms? the \w+ \w+ with)"
    r" (?:the )?(?:auxiliary )?(?:verb )?«?(avere|essere)\b"
)


def _of_auxiliary(told: Told) -> Iterator[str]:
    """Finds a wrong auxiliary: "«arrivare» uses the auxiliary «avere»"."""
    if not told.word_set.isdisjoint({"passive", "reflexive", "impersonal"}):
        return  # "in the passive «vedere» takes «essere»" is correct
    for verb, helper in _TAKES.findall(told.marked) if told.has_marks else ():
        if _auxiliary_of(verb) not in (None, "both", helper) or _is_not_of_answer(told, verb, helper):
            yield "auxiliary"
    if not _CONTRAST.isdisjoint(told.word_set):
        return
    others = {"avere", "essere"}.difference([group.helper for group in told.answers])
    if not any(helper in told.marked for helper in others):
        return  # The explanation names no other auxiliary than the answer's.
    named = set(_AUXILIARY.findall(told.marked))
    if len(named) == 1:
        groups = [group for group in told.answers or told.groups if group.helper in ("avere", "essere")]
        about = [group for group in groups if group.infinitive in told.word_set] or groups
        about = [group for group in about if group.voice != "passive" and group.person >= 0]
        if about and all(
            group.helper not in named and auxiliary(group.infinitive) != "both" for group in about
        ):
            yield "auxiliary"


def _is_not_of_answer(told: Told, verb: str, helper: str) -> bool:
    """Whether the answer has the other auxiliary with this verb, and the explanation mentions no other case."""
    helpers = {
        group.helper
        for group in told.answers
        if group.infinitive == verb and group.person >= 0 and group.voice != "passive"
    }
    other = "essere" if helper == "avere" else "avere"
    return helpers == {other} and (_CONTRAST | _CASES | {other}).isdisjoint(told.word_set)


_CASES = frozenset({"when", "if", "only", "with", "without", "because", "since", "as"})


def _auxiliary_of(verb: str) -> str | None:
    if verb.endswith(("rsi", "rsene", "rsela")):
        return "essere"
    return auxiliary(verb) if is_known(verb) else None


_FORMED_WITH = re.compile(
    r"([^.;:«]{4,60}?) (?:is|are) (?:formed|made|built|composed|made up) (?:with|of|by|from) (?:the )?([a-z ]{4,40}?) of (?:the auxiliary|«?(?:essere|avere))"
)
_AUXILIARY_IN = re.compile(r"\bauxiliary(?: «[^«»]*»| verb)? is (?:here )?in the ([a-z ]{4,40})")


def _of_composition(told: Told) -> Iterator[str]:
    """Finds a wrong composition of a tense: "The pluperfect subjunctive is formed with the present
    subjunctive of the auxiliary".
    """
    for whole, helper in _FORMED_WITH.findall(told.marked):
        if "participle" in helper:
            continue
        wanted = {simple for simple, tense in COMPOUNDS.items() if tense in tenses_named(whole)}
        named = tenses_named(helper)
        if wanted and named and not any(accepts(named, tense) for tense in wanted):
            yield "composition"
    for helper in _AUXILIARY_IN.findall(told.marked):
        named = tenses_named(helper)
        compound = {group.tense for group in told.groups if group.helper in ("avere", "essere")}
        simple = {tense for tense, whole in COMPOUNDS.items() if whole in compound} | compound
        if named and compound and not any(_may_be_called(named, tense) for tense in simple):
            yield "auxiliary's tense"


_Claims = tuple[tuple[frozenset[str], Callable[[Told], Iterator[str]]], ...]
# Each check runs only if the explanation contains one of its words.
_CLAIMS: _Claims = (
    (frozenset({"person"}), _of_person),
    (frozenset({"subject"}), _of_subject),
    (frozenset({"form"}), _of_pronoun_form),
    (frozenset({"avere", "essere"}), _of_auxiliary),
    (frozenset({"formed", "made", "built", "composed", "auxiliary"}), _of_composition),
)
_CLAIMS_OF_QUOTED: _Claims = (
    (frozenset({"is"}), _of_forms),
    (frozenset({"are", "ere", "ire", "conjugation"}), of_class),
    (frozenset({"regular", "irregular"}), of_regularity),
)
