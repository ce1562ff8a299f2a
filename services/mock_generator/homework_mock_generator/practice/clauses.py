"""A clause and the sentence around it, which all verb practices use."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from homework_mock_generator.conjugation import COMPOUND, PROGRESSIVE, Conjugator, Tense
from homework_mock_generator.content import Carrier, Complement, Content, Subject, Time, Verb
from homework_mock_generator.english import PRONOUNS, EnglishForm
from homework_mock_generator.levels import around, easiest, index_of, up_to
from homework_mock_generator.matching import Scope
from homework_mock_generator.sentences import in_turn, spaced
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel

ENOUGH_COMPLEMENTS, ENOUGH_CARRIERS = 12, 3
TU = 1
LEI = Subject(it="Lei", en="you", person=2, level=CefrLevel.A1)
"""The formal you. It is as right as tu if nothing shows who is addressed."""
_LONG = 5
# A time after one of these would belong to it: "decide di partire ogni sera".
_OPENS_A_CLAUSE = frozenset(
    {"che", "come", "cui", "dopo", "dove", "mentre", "perché", "prima", "quando", "se"}
)
_INFINITIVES = ("are", "ere", "ire", "rsi", "arre", "orre", "urre")
_FOUR_FORMS = re.compile(r"\b([\w]+)\|([\w]+)\|([\w]+)\|([\w]+)")
_CONJUGATED = re.compile(r"\{(\w+):(\w+)\}")
_NOT_FOR_STATES = frozenset(
    {Tense.REMOTE, Tense.PASSATO_PROSSIMO, Tense.IMPERATIVE, Tense.GERUND, *PROGRESSIVE, *COMPOUND}
)

_NO_ENGLISH_FOR_STATES = frozenset({EnglishForm.PROGRESSIVE, EnglishForm.PAST_PROGRESSIVE, EnglishForm.BASE})


Sides = tuple[str, str]


@dataclass(frozen=True)
class Clause:
    """A subject, a verb and its complement, before the verb is put into a tense."""

    verb: Verb
    complement: Complement
    subject: Subject

    @property
    def italian_complement(self) -> str:
        return agreeing_text(self.complement.it, self.subject)

    @property
    def italian_complements(self) -> tuple[str, ...]:
        """The usual words first, then others that say the same."""
        return tuple(
            agreeing_text(text, self.subject) for text in (self.complement.it, *self.complement.also)
        )

    @property
    def is_short(self) -> bool:
        """Whether a time that follows the complement still belongs to the verb."""
        words = self.complement.it.split()
        if "timed" in self.complement.tags:
            return False
        return len(words) <= _LONG and not any(
            word in _OPENS_A_CLAUSE or word.endswith(_INFINITIVES) for word in words
        )


@dataclass(frozen=True)
class Setting:
    """A carrier adapted to one subject: the words on both sides of its clause, in both languages.

    `others` are the words on both sides in other right carriers, and `formal` are those of all carriers with
    Lei as the subject.
    """

    left: str
    right: str
    en_left: str
    en_right: str
    others: tuple[Sides, ...] = ()
    formal: tuple[Sides, ...] = ()

    def around(self, *clauses: str) -> tuple[str, ...]:
        """The clauses with the same meaning, in every carrier with the same meaning, the usual
        words first.
        """
        return _around(clauses, ((self.left, self.right), *self.others))

    def formally_around(self, *clauses: str) -> tuple[str, ...]:
        return _around(clauses, self.formal)


class Clauses:
    """The clauses that one grammar can be practised with, each with a carrier for it.

    `nobody_named` says that the sentences do not show their subject, so that two subjects of the same person
    would make the same sentence.
    """

    def __init__(
        self, content: Content, grammar: Grammar, verbs: Iterable[Verb], *, nobody_named: bool = False
    ) -> None:
        self.content = content
        self.conjugator = Conjugator(content.forms)
        self._verbs = list(verbs)
        self._carriers = [carrier for carrier in content.carriers if grammar in carrier.grammars]
        self._nobody_named = nobody_named
        self._known: dict[CefrLevel, tuple[list[Carrier], dict[int, list[Complement]]]] = {}

    def drawn(self, scope: Scope, random: Random) -> Iterator[tuple[Clause, Carrier]]:
        """First the topic's clauses, then the level's others, none repeated and no verb twice in a row."""
        carriers, complements = self._around(scope.level)
        subjects = self._subjects(scope.level)
        for on_topic in (True, False):

            def clauses(place: int, wanted: bool = on_topic) -> Sequence[Clause]:
                chosen = [c for c in complements[place] if (scope.topic in c.topics) is wanted]
                return [Clause(self._verbs[place], c, subject) for c in chosen for subject in subjects]

            for _, clause in in_turn(list(complements), clauses, random):
                fitting = [carrier for carrier in carriers if makes_sense(clause, carrier, self.conjugator)]
                if fitting:
                    yield clause, random.choice(fitting)

    def setting(self, clause: Clause, carrier: Carrier, level: CefrLevel, random: Random) -> Setting:
        return set_in(carrier, clause, self.content, self.conjugator, level, random)

    def form(self, clause: Clause, tense: Tense) -> str:
        subject = clause.subject
        return self.conjugator.form(clause.verb, tense, subject.person, subject.gender, subject.number)

    def _around(self, level: CefrLevel) -> tuple[list[Carrier], dict[int, list[Complement]]]:
        if level not in self._known:
            whose = {id(c): place for place, verb in enumerate(self._verbs) for c in verb.complements}
            everything = [complement for verb in self._verbs for complement in verb.complements]
            grouped: dict[int, list[Complement]] = {}
            for complement in around(level, everything, ENOUGH_COMPLEMENTS):
                grouped.setdefault(whose[id(complement)], []).append(complement)
            fitting = up_to(level, self._carriers) or easiest(self._carriers)
            carriers = around(level, fitting, ENOUGH_CARRIERS)
            self._known[level] = carriers, grouped
        return self._known[level]

    def _subjects(self, level: CefrLevel) -> list[Subject]:
        subjects = up_to(level, self.content.subjects)
        return list({s.person: s for s in subjects}.values()) if self._nobody_named else subjects


def agreeing_text(text: str, subject: Subject) -> str:
    """ "stanco|stanca|stanchi|stanche" in the form that agrees with the subject."""
    if subject.gender is None:
        return text
    index = index_of(subject.gender, subject.number)
    return _FOUR_FORMS.sub(lambda forms: str(forms[index + 1]), text)


def makes_sense(clause: Clause, carrier: Carrier, conjugator: Conjugator) -> bool:
    """Whether this clause may stand in this carrier with exactly one right form in its gap."""
    verb, subject, complement = clause.verb, clause.subject, clause.complement
    if subject.person not in carrier.persons or (verb.state and carrier.tense in _NOT_FOR_STATES):
        return False
    if subject.age and complement.who and subject.age != complement.who:
        return False
    if verb.state and carrier.english in _NO_ENGLISH_FOR_STATES:
        return False
    kinds = {*complement.tags, "state" if verb.state else "" if complement.when else "rare"}
    if kinds & set(carrier.without):
        return False
    if verb.reflexive and carrier.tense in (Tense.GERUND, Tense.IMPERATIVE):
        return False
    needs_gender = complement.agrees or "|" in carrier.it or agrees_in(verb, carrier.tense)
    if needs_gender and subject.gender is None:
        return False
    return conjugator.has_one_form(verb, carrier.tense, subject.person)


def agrees_in(verb: Verb, tense: Tense) -> bool:
    return tense in COMPOUND and verb.auxiliary == "essere"


def set_in(
    carrier: Carrier,
    clause: Clause,
    content: Content,
    conjugator: Conjugator,
    level: CefrLevel,
    random: Random,
) -> Setting:
    time = choose_time(carrier, clause.complement, content, level, random)
    subject = clause.subject
    patterns = [carrier.it, *(it for it in carrier.also if clause.is_short or not it.startswith("{clause} "))]

    def sides(who: Subject) -> tuple[Sides, ...]:
        return tuple(_sides(pattern, who, time, conjugator) for pattern in patterns)

    english = carrier.en.replace("{time}", time.en if time else "").replace("{he}", _pronoun(subject))
    english = english.replace("{subject}", subject.en).replace(
        "{has}", "has" if subject.person == 2 else "have"
    )
    (left, right), *others = sides(subject)
    en_left, en_right = english.split("{clause}")
    formal = sides(LEI) if subject.person == TU else ()
    return Setting(left, right, en_left.strip(), en_right, tuple(others), formal)


def _sides(pattern: str, subject: Subject, time: Time | None, conjugator: Conjugator) -> Sides:
    def conjugated(found: re.Match[str]) -> str:
        return conjugator.simple(found[1], Tense(found[2]), subject.person)

    italian = _CONJUGATED.sub(conjugated, agreeing_text(pattern, subject))
    italian = italian.replace("{time}", time.it if time else "")
    # The ending already shows io or tu, and only English repeats the subject.
    italian = italian.replace("{subject} ", "" if subject.pronoun else f"{subject.it} ")
    left, right = italian.split("{clause}")
    return left.strip(), right.rstrip()


def _around(clauses: Sequence[str], sides: Sequence[Sides]) -> tuple[str, ...]:
    return tuple(joined(left, clause, right) for clause in clauses for left, right in sides)


def choose_time(
    carrier: Carrier, complement: Complement, content: Content, level: CefrLevel, random: Random
) -> Time | None:
    fitting = content.times.get(complement.when or "any", {})
    times = fitting.get(carrier.times or "") or content.times["any"].get(carrier.times or "")
    if times is None:
        return None
    return random.choice(up_to(level, times) or list(times))


def ended(text: str) -> str:
    return text if text.endswith(("?", "!")) else f"{text}."


def joined(left: str, clause: str, right: str) -> str:
    return ended(spaced(left, clause) + right)


def _pronoun(subject: Subject) -> str:
    if subject.person == 2:
        return "she" if subject.gender == "f" else "he"
    return PRONOUNS[subject.person]
