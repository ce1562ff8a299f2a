"""Reconstructs a sentence of the mock generator from its text, to find the answers that it accepts.

The content yields far too many sentences to list. But content whose words do not occur in an exercise's text
cannot have produced it. Without that content the mock generator writes few sentences, and one of them is the
wanted one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from random import Random
from typing import TypeVar

from homework_mock_generator.content import Content, Opener, Subject, Time, Verb
from homework_mock_generator.generate import exercise_of, practices
from homework_mock_generator.matching import Scope
from homework_mock_generator.sentences import Practice, Sentence
from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import BLANK, CefrLevel, Exercise, ExerciseType, MultipleChoice

MOST_SENTENCES = 2_000
MOST_DRAWS = 400
IN_VAIN = 60
"""After this many draws without a new sentence, no further one is expected."""
T = TypeVar("T")
_SLOT = re.compile(r"\{[^{}]*\}|___")


@cache
def accepted_by_the_mock(exercise: Exercise, grammar: str | None = None) -> tuple[str, ...]:
    """The `accepted_answers` that the mock would have written. Empty if it did not write the sentence."""
    if isinstance(exercise, MultipleChoice):
        return ()
    found = next(filter(None, map(_same_as(exercise), _candidates(exercise, grammar))), None)
    return found.accepted_answers if found else ()


def _same_as(exercise: Exercise) -> Callable[[Sentence], Exercise | None]:
    def same(sentence: Sentence) -> Exercise | None:
        if exercise.type is ExerciseType.TRANSLATION and not sentence.english:
            return None
        written = exercise_of(exercise.type, sentence, "", Random(0))
        wanted = (exercise.question, exercise.correct_answer)
        return written if (written.question, written.correct_answer) == wanted else None

    return same


def _candidates(exercise: Exercise, grammar: str | None) -> Iterator[Sentence]:
    text = _text_of(exercise)
    content = _with_nothing_but(_content(), text)
    openers = [opener for opener in content.openers if _begins_with(text, opener)]
    focus = curriculum().focus(grammar) if grammar else None
    known = practices(content)
    for wanted in focus.grammars if focus else tuple(Grammar):
        for sentence in _drawn(known[wanted], wanted):
            yield from (sentence, *(sentence.opened(opener) for opener in openers))


def _drawn(practice: Practice, grammar: Grammar) -> Iterator[Sentence]:
    """Every sentence that this practice can make, in random order."""
    seen: set[Sentence] = set()
    in_vain = 0
    for draw in range(MOST_DRAWS):
        before = len(seen)
        for level in CefrLevel:
            sentences = practice.sentences(Scope(level, (grammar,)), Random(draw))
            for sentence in islice(sentences, MOST_SENTENCES):
                if sentence not in seen:
                    seen.add(sentence)
                    yield sentence
        in_vain = 0 if len(seen) > before else in_vain + 1
        if in_vain == IN_VAIN:
            return


def _text_of(exercise: Exercise) -> str:
    filled = exercise.question.replace(BLANK, exercise.correct_answer)
    return f"{filled} {exercise.correct_answer}".casefold()


def _begins_with(text: str, opener: Opener) -> bool:
    return text.startswith((opener.it.casefold(), f"translate: {opener.en}".casefold()))


@cache
def _content() -> Content:
    return Content.load()


def _with_nothing_but(content: Content, text: str) -> Content:
    """The content without the entries that cannot occur in this text."""

    def stands(words: str) -> bool:
        return all(part in text for part in _parts(words))

    def any_stands(forms: Iterable[str | None]) -> bool:
        return any(form is not None and stands(form) for form in forms)

    def kept(items: Iterable[T], words: Callable[[T], Iterable[str | None]]) -> tuple[T, ...]:
        return tuple(item for item in items if any_stands(words(item)))

    def with_its_complements(verb: Verb) -> Verb:
        there = kept(verb.complements, lambda each: each.it.split("|") if "|" in each.it else (each.it,))
        return verb.model_copy(update={"complements": there})

    times: dict[str, dict[str, tuple[Time, ...]]] = {
        when: {kind: there for kind, each in kinds.items() if (there := kept(each, lambda time: (time.it,)))}
        for when, kinds in content.times.items()
    }
    return content.model_copy(
        update={
            "verbs": tuple(map(with_its_complements, content.verbs)),
            "subjects": _subjects(content, stands),
            "times": times,
            "carriers": kept(content.carriers, lambda each: (each.it,)),
            "openers": kept(content.openers, lambda each: (each.it,)),
            "nouns": kept(content.nouns, lambda each: (each.it, each.plural)),
            "frames": kept(content.frames, lambda each: (each.it,)),
            "attributes": kept(content.attributes, lambda each: each.forms),
            "adjectives": kept(content.adjectives, lambda each: each.forms),
            "adjective_frames": kept(content.adjective_frames, lambda each: (each.it,)),
            "noun_frames": kept(content.noun_frames, lambda each: (each.it,)),
            "prepositional": kept(content.prepositional, lambda each: (each.rest,)),
            "comparisons": kept(content.comparisons, lambda each: (each.a,)),
            "contrasts": kept(content.contrasts, lambda each: (each.it,)),
            "superlatives": kept(content.superlatives, lambda each: (each.a,)),
            "relatives": kept(content.relatives, lambda each: (each.it,)),
            "quantities": kept(content.quantities, lambda each: (each.it,)),
            "gifts": tuple(
                gift.model_copy(update={"things": kept(gift.things, lambda each: (each.it,))})
                for gift in content.gifts
            ),
        }
    )


def _subjects(content: Content, stands: Callable[[str], bool]) -> tuple[Subject, ...]:
    """Keep the pronouns. If nobody of a person is named, keep all of that person, because an imperative names
    nobody.
    """
    named = {who.person for who in content.subjects if who.pronoun or stands(who.it)}
    return tuple(who for who in content.subjects if who.pronoun or stands(who.it) or who.person not in named)


def _parts(words: str) -> list[str]:
    return [part.strip().casefold() for part in _SLOT.split(words)]
