"""An exercise as the checks of the language read it: tokenised once, with the answer in its gap."""

from collections.abc import Sequence

from homework_shared.exercises.exercise import BLANK, Exercise, Translation
from homework_shared.language.asked import Asked
from homework_shared.language.reading.text import parentheses, quotations, small, tokens, without_parentheses

_ENDS = frozenset(".!?…:—–-\"“”«»'")


class Words:
    """The words of a sentence: `words` in lower case, `written` as they are. The answer to a gap is
    `words[start:end]`. In a translation it is all of them.
    """

    __slots__ = ("answer", "end", "start", "words", "written")

    def __init__(self, written: Sequence[str], start: int, end: int) -> None:
        self.written = tuple(written)
        self.start, self.end = start, end
        self.words = tuple(map(str.casefold, written))
        self.answer = self.words[start:end]

    def answered(self, written: Sequence[str]) -> "Words":
        """The sentence with other words in its gap."""
        whole = (*self.written[: self.start], *written, *self.written[self.end :])
        return Words(whole, self.start, self.start + len(written))


class Sentence(Words):
    """The Italian of an exercise. `names` has the index of each word that is capitalised although it does not
    begin a sentence. `text` is the words as one text, in which "l'amico" is one word.
    """

    __slots__ = ("names", "text")

    def __init__(self, written: Sequence[str], start: int, end: int) -> None:
        super().__init__(written, start, end)
        self.text = " ".join(self.words).replace("' ", "'")
        self.names = frozenset([
            index
            for index, word in enumerate(written)
            if word[0].isupper() and index not in (0, start) and written[index - 1] not in _ENDS
        ])  # fmt: skip

    def is_name(self, index: int) -> bool:
        return index in self.names

    def begins(self, index: int) -> bool:
        """Whether a word is the first of a sentence or of a quotation."""
        return index == 0 or self.written[index - 1] in _ENDS

    def opens(self, index: int) -> bool:
        """Whether a word is the first of a sentence, or of the answer, which may be capitalised by itself."""
        return index == self.start or self.begins(index)


class Parsed:
    """What several families of checks read is computed once, here. `question`, `answer` and `explanation` are
    in lower case. `outside` is the question as written, without the texts in parentheses. `quotations` are
    those of the explanation. Each `…_tokens` has the lower-case words and signs of a text, and each
    `…_written` its tokens as written. `words` are the lower-case words of everything but the explanation.
    `others` are the wrong options, each with the sentence that it makes.
    """

    __slots__ = (
        "answer", "answer_tokens", "asked", "english", "english_written", "exercise", "explanation", "explanation_tokens",
        "explanation_written", "has_gap", "hints", "option_tokens", "others", "outside", "question", "question_tokens",
        "quotations", "sentence", "words",
    )  # fmt: skip

    def __init__(self, exercise: Exercise, asked: Asked) -> None:
        self.exercise, self.asked = exercise, asked
        self.has_gap = not isinstance(exercise, Translation)
        self.question, self.answer = small(exercise.question), small(exercise.correct_answer)
        self.explanation = small(exercise.explanation)
        self.outside = without_parentheses(exercise.question)
        self.english = "" if self.has_gap else _to_translate(exercise.question)
        self.english_written = tokens(self.english) if self.english else []
        self.quotations = quotations(exercise.explanation)
        self.hints = _hints(exercise.question)
        self.sentence = _sentence(exercise, self.outside)
        self.question_tokens = tokens(self.question)
        is_all = self.has_gap or "(" not in self.answer
        answer = self.sentence.written[self.sentence.start : self.sentence.end] if is_all else None
        self.answer_tokens = _small_tokens(exercise.correct_answer, self.answer, answer)
        self.explanation_written = tokens(exercise.explanation)
        self.explanation_tokens = _small_tokens(
            exercise.explanation, self.explanation, self.explanation_written
        )
        options = exercise.options or ()
        self.option_tokens = tokens(small("\n".join(options))) if options else []
        self.words = frozenset((*self.question_tokens, *self.answer_tokens, *self.option_tokens))
        self.others = {
            option: self.sentence.answered(tokens(option))
            for option in options
            if option != exercise.correct_answer
        }


def _small_tokens(text: str, lettered: str, written: Sequence[str] | None) -> list[str]:
    """The tokens of the lower-case text. They are made from the written tokens if these are given, unless a
    letter has a lower case of two letters, as "ẞ" has.
    """
    if written is None or len(lettered) != len(text):
        return tokens(lettered)
    return [*map(str.casefold, written)]


def _sentence(exercise: Exercise, question: str) -> Sentence:
    """The exercise's Italian, with the answer in the gap of the question."""
    if isinstance(exercise, Translation):
        written = tokens(without_parentheses(exercise.correct_answer))
        return Sentence(written, 0, len(written))
    before, _, after = question.partition(BLANK)
    left, middle, right = tokens(before), tokens(exercise.correct_answer), tokens(after)
    return Sentence((*left, *middle, *right), len(left), len(left) + len(middle))


def _to_translate(question: str) -> str:
    """The sentence to translate, without the cues in parentheses."""
    return without_parentheses(question.partition(":")[2]).strip()


def _hints(question: str) -> tuple[str, ...]:
    """The parts of the texts in parentheses: "(andare, passato prossimo)" has two."""
    if "(" not in question:
        return ()
    parts = [part for found in parentheses(question) for part in found.replace(";", ",").split(",")]
    return tuple([part.strip() for part in parts if part.strip()])
