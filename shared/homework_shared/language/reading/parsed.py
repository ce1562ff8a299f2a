"""An exercise as the checks of the language read it: tokenised once, the gap filled with the answer."""

from dataclasses import dataclass
from functools import cached_property

from homework_shared.exercises.exercise import BLANK, Exercise, FillInBlank, MultipleChoice, Translation
from homework_shared.language.asked import Asked
from homework_shared.language.reading.text import parentheses, tokens, without_parentheses


@dataclass(frozen=True)
class Sentence:
    """The Italian of an exercise. `words` are small-lettered, `written` as they stand; the answer to a gap is
    `words[start:end]`, and of a translation all of them are."""

    written: tuple[str, ...]
    start: int
    end: int

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(word.casefold() for word in self.written)

    @property
    def answer(self) -> tuple[str, ...]:
        return self.words[self.start : self.end]

    def is_name(self, index: int) -> bool:
        """Whether a word has a capital that its place does not give it."""
        return self.written[index][:1].isupper() and not self.opens(index)

    def begins(self, index: int) -> bool:
        """Whether a word is the first of a sentence, or of what is said in quotation marks."""
        return index == 0 or self.written[index - 1] in _ENDS

    def opens(self, index: int) -> bool:
        """Whether a word is the first of a sentence, or of the answer, which may have a capital for itself."""
        return index == self.start or self.begins(index)


_ENDS = frozenset(".!?…:—–-\"“”«»'")


@dataclass(frozen=True)
class Parsed:
    exercise: Exercise
    asked: Asked

    @cached_property
    def sentence(self) -> Sentence:
        return filled(self.exercise, self.exercise.correct_answer)

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """The parts of what stands in parentheses: "(andare, passato prossimo)" has two."""
        text = self.exercise.question
        parts = [part for found in parentheses(text) for part in found.replace(";", ",").split(",")]
        return tuple(part.strip() for part in parts if part.strip())

    @property
    def has_gap(self) -> bool:
        return isinstance(self.exercise, FillInBlank | MultipleChoice)

    @cached_property
    def english(self) -> str:
        """The sentence to translate, without the cues in parentheses; nothing where there is none."""
        if not isinstance(self.exercise, Translation):
            return ""
        return without_parentheses(self.exercise.question.partition(":")[2]).strip()


def filled(exercise: Exercise, answer: str) -> Sentence:
    """The exercise's Italian with an answer in its gap."""
    if isinstance(exercise, Translation):
        written = tokens(without_parentheses(answer))
        return Sentence(tuple(written), 0, len(written))
    before, _, after = without_parentheses(exercise.question).partition(BLANK)
    left, middle, right = tokens(before), tokens(answer), tokens(after)
    return Sentence((*left, *middle, *right), len(left), len(left) + len(middle))
