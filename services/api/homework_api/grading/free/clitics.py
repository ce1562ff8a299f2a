"""Where a pronoun stands beside an infinitive: voglio vederla, la voglio vedere."""

from collections.abc import Iterator, Sequence

from homework_api.grading.equivalents import Phrase
from homework_api.grading.free.sentence import Sentence, find
from homework_api.grading.italian import exact
from homework_api.grading.tables import word_set
from homework_shared.language.italian.verbs import readings, without_pronouns

_ONE_WORD = ("glielo", "gliela", "glieli", "gliele", "gliene")
_TWO = 2


def pronoun_of_the_infinitive(sentence: Sentence) -> Sentence:
    """voglio vederla, la voglio vedere; non farlo, non lo fare."""
    given = exact(sentence.given)
    for attached, apart in (*_attached(given), *_attached(exact(sentence.expected))):
        for old, new in ((attached, apart), (apart, attached)):
            place = find(exact(sentence.expected), new)
            if place is not None and find(exact(sentence.given), old) is not None:
                sentence = sentence.adopt(old, sentence.expected[place : place + len(new)])
    return sentence


def _attached(words: Sequence[str]) -> Iterator[tuple[Phrase, Phrase]]:
    """Each infinitive with pronouns and the verb before it, and the same with the pronouns apart."""
    for place, word in enumerate(words):
        found = without_pronouns(word) if place else None
        infinitive = _infinitive(found[0]) if found else None
        if found is None or infinitive is None:
            continue
        pronouns = tuple(pronouns_of(found[1]))
        before = words[place - 1]
        if before == "non":
            yield (before, word), (before, *pronouns, infinitive)
        elif _carries(before):
            yield (before, word), (*pronouns, before, infinitive)
        elif place > 1 and before in ("a", "di", "per") and _carries(words[place - 2]):
            yield (*words[place - 2 : place], word), (*pronouns, *words[place - 2 : place], infinitive)


def pronouns_of(attached: str) -> list[str]:
    """ "melo" as me, lo; "glielo" is one word wherever it stands."""
    if len(attached) <= _TWO + 1 or attached in _ONE_WORD:
        return [attached]
    return [attached[:_TWO], attached[_TWO:]]


def _carries(verb: str) -> bool:
    return any(
        each.infinitive in word_set("carry_pronouns") and (each.person >= 0 or each.tense == "gerund")
        for each in readings(verb)
    )


def _infinitive(form: str) -> str | None:
    return next((each.infinitive for each in readings(form) if each.tense == "infinitive"), None)
