"""Sentences that practise articles and articulated prepositions."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from homework_mock_generator import article_explanations, determiners
from homework_mock_generator.content import (
    Adjective,
    Content,
    Determiner,
    Frame,
    Gender,
    Level,
    Noun,
    Number,
    around,
    up_to,
)
from homework_mock_generator.matching import Scope
from homework_mock_generator.sentences import Sentence, in_turn

SLOT, NOUN = "{np}", "{noun}"
NUMBER_OF: dict[Determiner, Number] = {Determiner.INDEFINITE: "singular", Determiner.PARTITIVE: "plural"}


@dataclass(frozen=True)
class Phrase:
    """A noun with its determiner in one frame, an adjective before it or not."""

    frame: Frame
    noun: Noun
    number: Number
    kind: Determiner
    adjective: Adjective | None = None

    @property
    def gender(self) -> Gender:
        return self.noun.plural_gender or self.noun.gender if self.number == "plural" else self.noun.gender

    @property
    def noun_form(self) -> str:
        return self.noun.plural or self.noun.it if self.number == "plural" else self.noun.it

    @property
    def words(self) -> str:
        """What the determiner stands before."""
        if self.adjective is None:
            return self.noun_form
        index = (1 if self.gender == "f" else 0) + (2 if self.number == "plural" else 0)
        return f"{self.adjective.forms[index]} {self.noun_form}"

    @property
    def answer(self) -> str:
        return determiners.determiner(self.kind, self.words, self.gender, self.number, self.frame.preposition)


class ArticlePractice:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._phrases: dict[tuple[Level, tuple[Determiner, ...]], list[Phrase]] = {}

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        """More than any homework needs: the topic's nouns first, then all others of the level."""
        phrases = self._all(scope)
        on_topic = [phrase for phrase in phrases if scope.topic in phrase.noun.topics]
        others = [phrase for phrase in phrases if scope.topic not in phrase.noun.topics]
        for pool in (on_topic, others):
            for phrase in in_turn(pool, lambda phrase: phrase.noun.it, random):
                yield _sentence(phrase, random)

    def _all(self, scope: Scope) -> list[Phrase]:
        key = (scope.level, scope.determiners)
        if key not in self._phrases:
            self._phrases[key] = list(_phrases(self._content, scope))
        return self._phrases[key]


def _phrases(content: Content, scope: Scope) -> Iterator[Phrase]:
    nouns = up_to(scope.level, content.nouns)
    adjectives = up_to(scope.level, content.adjectives)
    for frame, kind in _asked_for(content, scope):
        for noun in nouns:
            if set(noun.kinds) & set(frame.kinds):
                for number in frame.numbers:
                    yield from _variants(Phrase(frame, noun, number, kind), adjectives)


def _asked_for(content: Content, scope: Scope) -> list[tuple[Frame, Determiner]]:
    """The frames of the level; a determiner asked for by name is practised even above its level."""

    def pairs(frames: list[Frame]) -> list[tuple[Frame, Determiner]]:
        wanted = scope.determiners or tuple(Determiner)
        return [(frame, kind) for frame in frames for kind in frame.determiners if kind in wanted]

    return pairs(around(scope.level, content.frames)) or pairs(list(content.frames))


def _variants(phrase: Phrase, adjectives: list[Adjective]) -> Iterator[Phrase]:
    noun, kind = phrase.noun, phrase.kind
    if phrase.number == "plural" and noun.plural is None:
        return
    # "Del libro" is no Italian: things that are counted take the partitive in the plural only.
    if NUMBER_OF.get(kind, phrase.number) != phrase.number:
        return
    yield phrase
    for adjective in adjectives:
        if kind in adjective.determiners and set(noun.kinds) & set(adjective.kinds):
            yield Phrase(phrase.frame, noun, phrase.number, kind, adjective)


def _sentence(phrase: Phrase, random: Random) -> Sentence:
    frame, kind, answer = phrase.frame, phrase.kind, phrase.answer
    before, after = frame.it.split(SLOT)
    italian = frame.it.replace(SLOT, determiners.attach(answer, phrase.words))
    return Sentence(
        before=before.strip(),
        answer=answer,
        after=phrase.words + after,
        hint=_hint(phrase),
        distractors=_distractors(phrase, random),
        explanation=article_explanations.explain(phrase.noun_form, phrase.words, phrase.gender, phrase.number)
        + article_explanations.conclusion(kind, answer, frame.preposition),
        english=_english(phrase),
        translation=italian,
    )


def _distractors(phrase: Phrase, random: Random) -> tuple[str, ...]:
    alike, unlike = determiners.alternatives(phrase.kind, phrase.number, phrase.frame.preposition)
    return tuple(form for form in (*alike, *random.sample(unlike, len(unlike))) if form != phrase.answer)


def _hint(phrase: Phrase) -> str:
    if phrase.kind is Determiner.ARTICULATED:
        return f"{phrase.frame.preposition} + definite article"
    return f"{phrase.kind.value} article"


def _english(phrase: Phrase) -> str | None:
    noun, adjective = phrase.noun, phrase.adjective
    if not noun.translate or (adjective and not adjective.translate):
        return None
    form = noun.en_plural if phrase.number == "plural" and noun.en_plural else noun.en
    words = f"{adjective.en} {form}" if adjective else form
    return phrase.frame.en.replace(SLOT, f"{_english_article(phrase, words)} {words}").replace(NOUN, words)


def _english_article(phrase: Phrase, words: str) -> str:
    if phrase.kind is Determiner.INDEFINITE:
        # By letter, not by sound: the data holds no "hour" and no "university".
        return "an" if words[0] in "aeiou" else "a"
    return "some" if phrase.kind is Determiner.PARTITIVE else "the"
