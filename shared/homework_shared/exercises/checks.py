"""The checks that decide whether an exercise may be given to a student. Each has a name for metrics and logs.

The structure of a model's answer is validated when it is parsed (`exercise`). The checks here find what a
schema cannot express. Both generators run them before they publish, and the API runs them again before it
stores an exercise.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from homework_shared.exercises.exercise import (
    BLANK,
    Exercise,
    ExerciseType,
    FillInBlank,
    MultipleChoice,
    Translation,
)


class Check(StrEnum):
    QUANTITY = "quantity"
    TYPES = "types"
    REPEATED = "repeated"
    PLACEHOLDER = "placeholder"
    LENGTH = "length"
    EXPLANATION = "explanation"
    HINT = "hint"
    ANSWER_VISIBLE = "answer_visible"
    INSTRUCTION = "instruction"
    LANGUAGE = "language"
    OPTIONS_ALIKE = "options_alike"
    # The faults below are found in `homework_shared.language`.
    DEGENERATE = "degenerate"
    UNKNOWN_WORD = "unknown_word"
    ORTHOGRAPHY = "orthography"
    ARTICLE = "article"
    PREPOSITION = "preposition"
    NOUN_AGREEMENT = "noun_agreement"
    VERB_AGREEMENT = "verb_agreement"
    AUXILIARY = "auxiliary"
    PARTICIPLE = "participle"
    PRONOUN = "pronoun"
    REGISTER = "register"
    MOOD = "mood"
    TIME = "time"
    GAP_FIT = "gap_fit"
    HINT_MISMATCH = "hint_mismatch"
    OPTIONS = "options"
    EXPLANATION_LANGUAGE = "explanation_language"
    EXPLANATION_OFF_TOPIC = "explanation_off_topic"
    EXPLANATION_FALSE = "explanation_false"
    ENGLISH = "english"
    MEANING = "meaning"
    FALSE_FRIEND = "false_friend"
    SENSE = "sense"
    GRAMMAR_PRACTISED = "grammar_practised"
    LEVEL = "level"
    TOPIC = "topic"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an exercise. `detail` is for logs and quotes nothing of the exercise."""

    check: Check
    detail: str


LONGEST_QUESTION, LONGEST_ANSWER = 500, 300
SHORTEST_QUESTION = 5
SHORTEST_LEAK = 4
"""Shorter answers are articles, prepositions and pronouns, which may well occur elsewhere in the question."""
INSTRUCTION = "Translate:"
_PLACEHOLDER = re.compile(
    r"\[[^\[\]]*\]|<[^<>]+>|\.{4,}|\blorem ipsum\b|\btodo\b|\bplaceholder\b|\bexercise \d+\b"
    r"|\bsee (the )?explanation\b|\bsample (question|answer|text)\b"
    # A lower-case "a" is also an article: "to answer a question".
    r"|\b(question|answer|option) (?-i:A|[b-dB-D1-9])\b",
    re.IGNORECASE,
)
# Each placeholder contains one of these characters. Looking for them first is ten times as fast.
_MARKS = (
    "[", "<", "....", "lorem", "todo", "placeholder", "exercise", "explanation", "sample", "question",
    "answer", "option",
)  # fmt: skip
_SENTENCE = re.compile(r"^[\W_]*[^\W_].*[.!?…][\"'”’»)]*$", re.DOTALL)
_HINT = re.compile(r"\([^\w()]*\w[^()]*\)")
# A hint may offer a choice: "(più / meno)".
_CHOICE = re.compile(r"\([^()/]*+/[^()]*+\)")
_PARENTHESES = re.compile(r"\([^()]*+\)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")
# The quantifiers are possessive, so that one word is not counted as three. Counting all words takes five
# times as long.
_THREE_WORDS = re.compile(r"[\W_]*+(?:[^\W_]++(?:['’][^\W_]++)*+['’]?+(?:[\W_]++|$)){3}")
# Function words that exist in only one of the two languages.
_ENGLISH = frozenset({
    "the", "of", "and", "is", "are", "was", "were", "to", "my", "your", "his", "her", "their", "our",
    "this", "that", "these", "those", "he", "she", "they", "we", "you", "it", "with", "from", "for",
    "has", "have", "had", "will", "would", "at", "been", "be", "does", "did", "not", "on", "every",
    "yesterday", "tomorrow", "an",
})  # fmt: skip
_ITALIAN = frozenset({
    "il", "lo", "la", "gli", "le", "un", "uno", "una", "di", "del", "della", "dei", "degli", "delle",
    "sono", "ho", "hai", "ha", "abbiamo", "avete", "hanno", "che", "non", "con", "per", "mi", "ti",
    "si", "ci", "vi", "nel", "nella", "al", "alla", "dal", "dalla", "sul", "sulla", "era", "erano",
    "sarà", "questo", "questa", "mio", "mia", "tuo", "tua", "suo", "sua", "noi", "voi", "loro", "più",
    "ogni", "ieri", "domani", "stato", "stata", "anche", "molto",
})  # fmt: skip


def problems(exercise: Exercise) -> list[Problem]:
    """The faults in the form of one exercise, without its accepted answers."""
    if _is_too_long(exercise):
        # The length is checked first, because the patterns below read the whole text.
        return [Problem(Check.LENGTH, "a text is too long")]
    found = [*_of_any(exercise)]
    if isinstance(exercise, FillInBlank):
        found += _of_gap(exercise.question, exercise.correct_answer)
        if not _HINT.search(exercise.question):
            found.append(Problem(Check.HINT, "a gap needs its base form or its translation in parentheses"))
    elif isinstance(exercise, MultipleChoice):
        found += _of_gap(exercise.question, exercise.correct_answer)
        if len({plain(option) for option in exercise.options}) < len(exercise.options):
            found.append(Problem(Check.OPTIONS_ALIKE, "two options differ in punctuation or capitals only"))
    else:
        found += _of_translation(exercise)
    return found


def answered(exercise: Exercise, answer: str) -> Exercise:
    """The same exercise with `answer` as its only right answer, so that the checks of an answer can be run on
    it.
    """
    return exercise.model_copy(update={"correct_answer": answer, "accepted_answers": ()})


def problems_of_homework(exercises: Sequence[Exercise], types: Sequence[ExerciseType]) -> list[Problem]:
    """The faults of a whole homework. `types` are the types that were asked for, in order."""
    whole = [*exercises, *(answered(each, answer) for each in exercises for answer in each.accepted_answers)]
    found = [problem for exercise in whole for problem in problems(exercise)]
    if len(exercises) != len(types):
        found.append(Problem(Check.QUANTITY, f"{len(exercises)} exercises instead of {len(types)}"))
    elif [exercise.type for exercise in exercises] != list(types):
        found.append(Problem(Check.TYPES, "the exercise types are not in the order that was asked for"))
    if len({plain(exercise.question) for exercise in exercises}) < len(exercises):
        found.append(Problem(Check.REPEATED, "the same question occurs twice"))
    return found


def plain(text: str) -> str:
    """The text in lower case with single spaces, without punctuation at either end."""
    return " ".join(_small(text).split()).strip(' .,;:!?"“”«»')


def is_placeholder(text: str) -> bool:
    """Whether the text is a placeholder that the author did not replace."""
    return _may_hold_placeholder(text) and _PLACEHOLDER.search(text) is not None


def _may_hold_placeholder(text: str) -> bool:
    small = text.casefold()
    for mark in _MARKS:  # noqa: SIM110 - a generator takes twice as long, for each exercise there is
        if mark in small:
            return True
    return False


def _is_too_long(exercise: Exercise) -> bool:
    longest = max(map(len, (exercise.correct_answer, *(exercise.options or ()))))
    return len(exercise.question) > LONGEST_QUESTION or longest > LONGEST_ANSWER


def _of_any(exercise: Exercise) -> list[Problem]:
    found: list[Problem] = []
    texts = [exercise.question, exercise.correct_answer, exercise.explanation, *(exercise.options or ())]
    suspect = _may_hold_placeholder("\n".join(texts))
    if (suspect and any(is_placeholder(text) for text in texts)) or BLANK in exercise.correct_answer:
        found.append(Problem(Check.PLACEHOLDER, "a text is a placeholder"))
    if len(exercise.question) < SHORTEST_QUESTION or not _WORD.search(exercise.correct_answer):
        found.append(Problem(Check.LENGTH, "the question or the answer is too short"))
    if not _THREE_WORDS.match(exercise.explanation) or not _SENTENCE.match(exercise.explanation):
        found.append(Problem(Check.EXPLANATION, "the explanation is not a sentence"))
    return found


def _of_gap(question: str, answer: str) -> list[Problem]:
    # "Non ___ (dire, imperativo, tu) bugie": the negative imperative of tu is the infinitive.
    is_order = "imperativ" in question and answer.endswith("re") and "non " in question.casefold()
    hidden = _PARENTHESES if is_order else _CHOICE
    if len(answer) >= SHORTEST_LEAK and _contains(hidden.sub(" ", question), answer):
        return [Problem(Check.ANSWER_VISIBLE, "the answer can be read in the question")]
    return []


def _of_translation(exercise: Translation) -> list[Problem]:
    instruction, _, english = exercise.question.partition(":")
    if f"{instruction}:" != INSTRUCTION or not _WORD.search(english):
        return [Problem(Check.INSTRUCTION, f"a translation has to begin with “{INSTRUCTION}” and a sentence")]
    if _contains(exercise.question, exercise.correct_answer):
        return [Problem(Check.ANSWER_VISIBLE, "the answer can be read in the question")]
    # The parentheses are left out, because a hint in them may be Italian.
    asked = re.sub(r"\([^()]*\)", "", english)
    if _leans_to(asked, _ITALIAN, _ENGLISH) or _leans_to(exercise.correct_answer, _ENGLISH, _ITALIAN):
        return [Problem(Check.LANGUAGE, "the question is not English, or the answer is not Italian")]
    return []


def _contains(text: str, part: str) -> bool:
    wanted, small = _words(part), _small(text)
    if not all(map(small.__contains__, wanted)):
        return False  # Nearly every exercise ends here, at a tenth of the cost of the full check.
    words = _words(text)
    return any(words[start : start + len(wanted)] == wanted for start in range(len(words) - len(wanted) + 1))


def _leans_to(text: str, wrong: frozenset[str], right: frozenset[str]) -> bool:
    words = _words(text)
    # One word is not enough: "film" and "e" occur in both languages.
    return sum(map(wrong.__contains__, words)) > sum(map(right.__contains__, words)) + 1


def _words(text: str) -> list[str]:
    return _WORD.findall(_small(text))


def _small(text: str) -> str:
    return text.casefold().replace("’", "'")
