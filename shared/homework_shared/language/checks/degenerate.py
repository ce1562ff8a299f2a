"""Checks for degenerate output of a model: loops, words of the prompt, and texts that break off."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from homework_shared.exercises.checks import Check, Problem
from homework_shared.exercises.exercise import BLANK
from homework_shared.language.data import load, word_set
from homework_shared.language.italian.words import is_function_word
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.text import small

_FEWEST_THAT_LOOP, _LONG_ENOUGH_TO_LOOP = 3, 12
_CONTENT = 2
_SAID_THRICE = frozenset(
    {"no", "sì", "mai", "via", "bla", "ah", "oh", "ha", "piano", "molto", "very", "yes", "never"}
)
_MOST_OF_A_WORD = 0.34
# The first sign is written once for all alternatives, so that the regex engine skips to the next sign. This
# takes a sixth of the time.
_ODD_SIGNS = re.compile(
    r"[.,;:(?!“”‘’'\"](?:(?<=[,;:])\s*[.,;:]|(?<=\.)(?<!ecc.)(?<!etc.)(?<!\b[a-z].)(?<!\b[A-Z].)\s*,|(?<=\()\s*\)"
    r"|(?<=[“”‘’'\"])\s+[“”‘’'\"]\s+[“”‘’'\"]|(?<=[?!])[?!]{2}|(?<=[,(])$)"
)
_SPACES_OF_SAID_AGAIN = 3
_LONG_WORD = re.compile(r"\w{4,}")
# "Gli occhi verdi e gli occhi verdi": at least an article and a noun are repeated at once.
_SAID_AGAIN = re.compile(r"\b((?:\w+ ){1,4}\w{4,}),? (?:e|ed|o|and|or|ma|but)? ?\1\b")
_LISTED = re.compile(r"(?:^|\s)\(?[b-h][.)]\s")
"""The letters of a list of options. A sentence has none."""
_AFTER_LISTED = re.compile(r"[.)](?<=\b[b-h].)\s")
"""The end of such a letter. It is rare elsewhere, so it is searched for first."""


def problems(parsed: Parsed) -> Iterator[Problem]:
    exercise = parsed.exercise
    question = parsed.question.replace(BLANK, " ")
    if (
        _loops(parsed.question_tokens)
        or _loops(parsed.answer_tokens)
        or _loops(parsed.explanation_tokens)
        or _says_again(question)
        or _says_again(parsed.answer)
    ):
        yield Problem(Check.DEGENERATE, "a text repeats itself")
    if _trails_off(parsed):
        yield Problem(Check.DEGENERATE, "a sentence is not complete")
    if _holds_other_text(parsed):
        yield Problem(Check.DEGENERATE, "a question contains more than its sentence")
    if any(map(_has_odd_signs, (exercise.question, exercise.correct_answer, exercise.explanation))):
        yield Problem(Check.DEGENERATE, "a text has signs that do not go together")
    if exercise.explanation.endswith(("…", "...")):
        yield Problem(Check.DEGENERATE, "the explanation is not complete")
    if _holds_another_question(parsed):
        yield Problem(Check.DEGENERATE, "the question contains parts of another question")
    texts = "\n".join((question, parsed.answer, parsed.explanation))
    if _holds("phrases", texts) or _holds("of_explanations", parsed.explanation):
        yield Problem(Check.DEGENERATE, "a text is about the task and not about the sentence")


_OTHER_TEXT = re.compile(
    r"^\W*(?:example|esempio|question|sentence|frase|answer|exercise|esercizio|input|output|task|prompt|user|assistant|instructions?)"
    r"(?: \d+)?:|\b(?:example|question|answer|input|output|assistant|explanation):|\*\*|```|##|[{}\\]|\ufffd|Ã|â€"
)

_SIGNS_OF_OTHER_TEXT = re.compile(r"[:*`#{}\\\ufffdÃâ]")
"""Each alternative of `_OTHER_TEXT` contains one of these signs, and most questions contain none."""


def _holds_other_text(parsed: Parsed) -> bool:
    text = parsed.question.removeprefix("translate:").strip()
    return _SIGNS_OF_OTHER_TEXT.search(text) is not None and _OTHER_TEXT.search(text) is not None


def _holds_another_question(parsed: Parsed) -> bool:
    question = parsed.exercise.question
    listed = _AFTER_LISTED.search(question) is not None and _LISTED.search(question) is not None
    return listed or "translate:" in parsed.question[1:]


def _has_odd_signs(text: str) -> bool:
    return text.count("(") != text.count(")") or _ODD_SIGNS.search(text) is not None


def _says_again(text: str) -> bool:
    if text.count(" ") < _SPACES_OF_SAID_AGAIN:
        return False
    long = _LONG_WORD.findall(text)
    if len(set(long)) == len(long):
        return False  # A repeated phrase ends in a long word, so that word occurs twice.
    found = _SAID_AGAIN.search(text)
    return found is not None and not _SAID_THRICE & set(found[1].split())


def _trails_off(parsed: Parsed) -> bool:
    """Whether the sentence breaks off before its last word. In a sentence that ends in the gap, the answer is
    the last word.
    """
    end = (small(parsed.outside) if parsed.has_gap else parsed.answer).rstrip()
    last = end.rsplit(maxsplit=1)[-1] if end else ""
    follows = len(end) > len(last)
    return last in word_set("degenerate", "trails") or (
        follows and last[-1] in ".!?" and last[:-1] in word_set("degenerate", "trails_still")
    )


def _has_content(phrase: tuple[str, ...]) -> bool:
    """Whether the phrase has two content words. Without them it may well occur twice: "the end of the"."""
    grammar = word_set("language", "english") | word_set("explanation", "terms")
    return sum(word not in grammar and not is_function_word(word) for word in phrase) >= _CONTENT


def _holds(name: str, lettered: str) -> bool:
    """Whether the text contains a phrase of the list as whole words: "sure," but not "pressure,"."""
    for phrase in load("degenerate")[name]:
        if phrase in lettered and re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", lettered):
            return True
    return False


def _comes_thrice(words: Sequence[str]) -> bool:
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        if first == second == third and first not in _SAID_THRICE:
            return True
    return False


def _loops(text: Sequence[str]) -> bool:
    if len(text) < _FEWEST_THAT_LOOP:
        return False
    words = list(filter(str.isalnum, text))
    if len(set(words)) == len(words):
        return False  # Short texts repeat no word.
    # This is an upper bound for every word's count. Counting each word takes longer.
    most = len(words) - len(set(words)) + 1
    if most > 2 and _comes_thrice(words):
        return True
    if len(words) < _LONG_ENOUGH_TO_LOOP:
        return False
    many = _MOST_OF_A_WORD * len(words)
    if most > many and max(Counter(words).values()) > many:
        return True
    triples = list(zip(words, words[1:], words[2:], strict=False))
    if len(set(triples)) == len(triples):
        return False  # This holds nearly always, and costs a third of the full check.
    phrases = Counter(zip(triples, words[3:], strict=False))
    more = len(words) // 40
    return (
        any(times > 1 + more and _has_content((*three, last)) for (three, last), times in phrases.items())
        or max(Counter(triples).values()) > 2 + more
    )
