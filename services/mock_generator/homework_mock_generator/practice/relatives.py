"""Sentences with a relative pronoun: che for an object, cui or quale after a preposition."""

from collections.abc import Iterator, Sequence
from itertools import chain
from random import Random

from homework_mock_generator.conjugation import Conjugator, Tense
from homework_mock_generator.content import Carrier, Content, ObjectKind, Preposition, Relative, Subject
from homework_mock_generator.determiners import articulated
from homework_mock_generator.english import EnglishForm, verb_phrase
from homework_mock_generator.levels import LEVELS, around, up_to
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.practice.clauses import LEI, TU, Clause, Clauses, Setting
from homework_mock_generator.practice.pronouns import with_definite_objects
from homework_mock_generator.sentences import Sentence, in_turn, spaced
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel

THIS_IS = {"ms": "questo è", "fs": "questa è", "mp": "questi sono", "fp": "queste sono"}
ENGLISH_THIS = {"s": "this is", "p": "these are"}
ARTICLES = {"ms": "il", "fs": "la", "mp": "i", "fp": "le"}
OTHER_GENDER: dict[ObjectKind, ObjectKind] = {"ms": "fs", "fs": "ms", "mp": "fp", "fp": "mp"}
JOINING: dict[str, Preposition] = {"a": "a", "da": "da", "di": "di", "in": "in", "su": "su"}
ENOUGH = 8


class RelativePractice:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._conjugator = Conjugator(content.forms)
        self._clauses = Clauses(content, Grammar.RELATIVE_PRONOUNS, with_definite_objects(content))

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        with_preposition, objects = self._after_prepositions(scope, random), self._objects(scope, random)
        for pair in zip(with_preposition, objects, strict=False):
            yield from pair
        yield from chain(with_preposition, objects)

    def _objects(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        for clause, carrier in self._clauses.drawn(scope, random):
            if not clause.verb.reflexive and "general" not in clause.complement.tags:
                setting = self._clauses.setting(clause, carrier, scope.level, random)
                yield _of_object(clause, carrier, setting, self._clauses.form(clause, carrier.tense))

    def _after_prepositions(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        relatives = around(scope.level, self._content.relatives, ENOUGH)
        subjects = up_to(scope.level, self._content.subjects)
        for on_topic in (True, False):
            chosen = [relative for relative in relatives if (scope.topic in relative.topics) is on_topic]

            def whose(_: Relative) -> Sequence[Subject]:
                return subjects

            for relative, subject in in_turn(chosen, whose, random):
                yield self._of_preposition(relative, subject, scope.level)

    def _of_preposition(self, relative: Relative, subject: Subject, level: CefrLevel) -> Sentence:
        verb = self._content.verb(relative.verb)
        form = self._conjugator.form(verb, Tense.PRESENT, subject.person)
        formal = LEVELS.index(level) >= LEVELS.index(CefrLevel.C1) and relative.prep in JOINING
        lead = _joined_article(relative) if formal else relative.prep
        answer = _quale(relative.object) if formal else "cui"
        before = f"{THIS_IS[relative.object]} {relative.it} {lead}"
        spoken = "" if subject.pronoun else subject.it
        article = ARTICLES[relative.object]
        rest = spaced(form, relative.rest)
        verb_en = verb_phrase(verb.english, EnglishForm.PRESENT, subject.person)
        english = f"{ENGLISH_THIS[relative.object[1]]} {relative.en} {relative.gloss} {subject.en} {verb_en}"
        return Sentence(
            before=before,
            answer=answer,
            after=f"{spaced(subject.it, rest)}.",
            hint=relative.gloss,
            distractors=tuple(form for form in ("che", "chi", "quale", "quali", "cui") if form != answer)[:4],
            explanation=_why(relative.prep, answer),
            english=f"{spaced(english, relative.en_rest)}.",
            translation=f"{spaced(before, answer, spoken, rest)}.",
            # "Con i quali" is used for "con cui", because other prepositions would merge with the article
            # outside the gap.
            other_answers=()
            if formal or relative.prep in JOINING
            else (f"{article} {_quale(relative.object)}",),
            other_translations=tuple(self._otherwise(relative, subject)),
        )

    def _otherwise(self, relative: Relative, subject: Subject) -> Iterator[str]:
        """The other right sentences: with "cui", "quale" and "dove", with the verb before its subject, with
        Lei for tu, and in the other gender.
        """
        kind, other = relative.object, OTHER_GENDER[relative.object]
        heads = [(f"{THIS_IS[kind]} {relative.it}", kind)]
        heads += [(f"{THIS_IS[other]} {noun}", other) for noun in relative.also]
        for head, agreeing in heads:
            for pronoun in _pronouns(relative, agreeing):
                for clause in self._clauses_of(relative, subject):
                    yield f"{spaced(head, pronoun, clause, relative.rest)}."

    def _clauses_of(self, relative: Relative, subject: Subject) -> Iterator[str]:
        verb = self._content.verb(relative.verb)
        form = self._conjugator.form(verb, Tense.PRESENT, subject.person)
        yield spaced("" if subject.pronoun else subject.it, form)
        if not subject.pronoun and not relative.rest:
            yield spaced(form, subject.it)
        if subject.person == TU:
            yield spaced(LEI.it, self._conjugator.form(verb, Tense.PRESENT, LEI.person))


def _of_object(clause: Clause, carrier: Carrier, setting: Setting, form: str) -> Sentence:
    kind, thing, subject = clause.complement.object or "ms", clause.complement, clause.subject
    time = setting.left
    before = f"{THIS_IS[kind]} {thing.it}"
    verb = verb_phrase(clause.verb.english, carrier.english, subject.person)
    this = f"{ENGLISH_THIS[kind[1]]} {_the(thing.en)}"
    return Sentence(
        before=before,
        answer="che",
        after=f"{spaced(subject.it, form, time)}.",
        hint="that",
        distractors=("cui", "chi", "quale"),
        explanation=f"“{thing.it.capitalize()}” is the object of the second verb. "
        f"{explanations.rule(Grammar.RELATIVE_PRONOUNS)}",
        english=f"{spaced(this, 'that', subject.en, verb, setting.en_left)}.",
        translation=f"{spaced(before, 'che', '' if subject.pronoun else subject.it, form, time)}.",
    )


def _the(thing: str) -> str:
    """The noun with its article: "this is the dinner that". A phrase such as "Leopardi's lines"
    needs none.
    """
    return thing if thing.startswith("the ") or thing[0].isupper() else f"the {thing}"


def _joined_article(relative: Relative) -> str:
    return articulated(JOINING[relative.prep], ARTICLES[relative.object])


def _quale(kind: str) -> str:
    return "quale" if kind[1] == "s" else "quali"


def _pronouns(relative: Relative, kind: str) -> Iterator[str]:
    yield f"{relative.prep} cui"
    joining, article = JOINING.get(relative.prep), ARTICLES[kind]
    lead = articulated(joining, article) if joining else f"{relative.prep} {article}"
    yield f"{lead} {_quale(kind)}"
    if relative.place:
        yield "dove"


def _why(preposition: str, answer: str) -> str:
    if answer == "cui":
        return f"After the preposition “{preposition}” the relative pronoun is “cui”, for persons and things."
    return (
        f"After a preposition with its article, the relative pronoun is “{answer}”, which agrees in number."
    )
