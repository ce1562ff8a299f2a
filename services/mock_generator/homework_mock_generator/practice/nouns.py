"""Sentences that ask for a plural."""

from collections.abc import Iterator, Sequence
from random import Random

from homework_mock_generator.content import Content, Noun, NounFrame
from homework_mock_generator.levels import around
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.sentences import Sentence, in_turn
from homework_shared.exercises.curriculum import Grammar

SLOT = "{nouns}"
ENOUGH_NOUNS, ENOUGH_FRAMES = 60, 12
ENDINGS = ("i", "e", "a", "o")


class NounPractice:
    def __init__(self, content: Content) -> None:
        self._content = content

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        nouns = [noun for noun in around(scope.level, self._content.nouns, ENOUGH_NOUNS) if noun.plural]
        frames = around(scope.level, self._content.noun_frames, ENOUGH_FRAMES)

        def fitting(noun: Noun) -> Sequence[NounFrame]:
            return [frame for frame in frames if set(frame.kinds) & set(noun.kinds)]

        for on_topic in (True, False):
            chosen = [noun for noun in nouns if (scope.topic in noun.topics) is on_topic]
            for noun, frame in in_turn(chosen, fitting, random):
                yield _sentence(noun, frame)


def _sentence(noun: Noun, frame: NounFrame) -> Sentence:
    before, after = frame.it.split(SLOT)
    plural = noun.plural or noun.it
    english = frame.en.replace(SLOT, noun.en_plural or noun.en) if noun.translate else None
    return Sentence(
        before=before.strip(),
        answer=plural,
        after=after.strip(),
        hint=noun.it,
        distractors=_wrong_plurals(noun.it, plural),
        explanation=_why(noun, plural),
        english=english,
        translation=frame.it.replace(SLOT, plural),
        shows_hint=True,
        fixed=frame.fixed,
        other_translations=tuple(other.replace(SLOT, plural) for other in frame.also),
    )


def _wrong_plurals(singular: str, plural: str) -> tuple[str, ...]:
    """Mistakes that a student might make: other endings, a missing or superfluous h, and the English s."""
    stems = [plural[:-1], singular[:-1]]
    if singular[-2] in "cg":
        stems += [f"{singular[:-1]}h", singular[:-1].removesuffix("h")]
    endings = [
        stem + ending for stem in dict.fromkeys(stems) for ending in ("ie" if stem[-1] == "h" else ENDINGS)
    ]
    likely = sorted(endings, key=lambda form: (form[-1] not in "ie", form))
    wrong = [form for form in (*likely, f"{singular}s") if form not in (plural, singular)]
    return tuple(wrong[:2] + ([singular] if singular != plural else []) + wrong[2:])


def _why(noun: Noun, plural: str) -> str:
    gender = explanations.GENDERS[noun.gender]
    if plural == noun.it:
        return f"“{noun.it.capitalize()}” is {gender} and keeps its form in the plural."
    changed = f", and its plural is {explanations.GENDERS[noun.plural_gender]}" if noun.plural_gender else ""
    is_what = f"“{noun.it.capitalize()}” is {gender}{changed}"
    return f"{is_what}: the plural is “{plural}”. {explanations.rule(Grammar.NOUNS)}"
