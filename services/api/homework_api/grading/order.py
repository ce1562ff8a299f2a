"""The parts of a sentence that may move: a time, a place, a clause, an adverb. Everything else keeps its
order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from homework_api.grading.free.sentence import find
from homework_api.grading.italian import Word, exact
from homework_api.grading.tables import is_number, word_set
from homework_shared.language.italian.verbs import auxiliary, readings

Neighbours = frozenset[tuple[str, str]]
"""Words that are expected side by side; "" stands before the first and after the last."""
LONGEST_PHRASE = 10
LONGEST_PAIRED = 3
_MORE = frozenset({"più", "meno"})
MOST_MOVES = 2
MOST_OTHER_WORDS = 1 / 3
"""Where a larger share of the words differs, their order is not what is wrong."""


def moved_back(
    expected: Sequence[Word], given: Sequence[Word], clauses: Iterable[Sequence[str]] = ()
) -> list[Word]:
    """What was given, with one or two parts that are free to stand elsewhere put where they are expected.

    `clauses` are what commas set apart in the expected sentence. Unchanged where a move brings the two no
    nearer.
    """
    wanted, best = exact(expected), list(given)
    if (Counter(wanted) - Counter(exact(given))).total() > len(wanted) * MOST_OTHER_WORDS:
        return best
    best = _with_its_clauses_in_order(wanted, best, clauses)
    neighbours = frozenset(pairwise(["", *wanted, ""]))
    for _ in range(MOST_MOVES):
        least = Levenshtein.distance(wanted, exact(best))
        moves = _moves(best, clauses, neighbours)
        nearer = min(moves, key=lambda moved: Levenshtein.distance(wanted, exact(moved)))
        if Levenshtein.distance(wanted, exact(nearer)) >= least:
            break
        best = nearer
    return best


def _with_its_clauses_in_order(
    wanted: Sequence[str], given: list[Word], clauses: Iterable[Sequence[str]]
) -> list[Word]:
    """ "Il telefono squilla quando cucino" for "quando cucino, squilla il telefono". A step that turns only
    the clauses brings the two no nearer if their words differ in order as well."""
    ends = (
        wanted[place:] for place, word in enumerate(wanted) if place and word in word_set("begins_a_clause")
    )
    begins = (
        clause for clause in clauses if clause and clause[0] == wanted[0] in word_set("begins_a_clause")
    )
    forms = exact(given)
    for clause in (*begins, *ends):
        length = len(clause)
        if forms[-length:] == list(clause) == list(wanted[:length]):
            return [*given[-length:], *given[:-length]]
        if forms[:length] == list(clause) == list(wanted[-length:]):
            return [*given[length:], *given[:length]]
    return given


def _moves(
    words: list[Word], clauses: Iterable[Sequence[str]], neighbours: Neighbours
) -> Iterator[list[Word]]:
    yield words
    yield from _with_one_phrase_moved(words, neighbours)
    for clause in clauses:
        if clause and (start := find(exact(words), clause)) is not None:
            yield from _moved(words, start, start + len(clause), neighbours)
    yield from _with_the_verb_first(words)
    yield from _with_a_pair_turned(words)
    yield from _with_an_adjective_moved(words)
    yield from _with_a_superlative_moved(words)


def _with_one_phrase_moved(words: Sequence[Word], neighbours: Neighbours) -> Iterator[list[Word]]:
    forms = exact(words)
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_PHRASE, len(words)) + 1):
            if _is_free(forms, start, end):
                yield from _moved(words, start, end, neighbours)


def _moved(words: Sequence[Word], start: int, end: int, neighbours: Neighbours) -> Iterator[list[Word]]:
    """The phrase from `start` to before `end`, wherever it gets a neighbour that it is expected to have."""
    phrase, rest = words[start:end], [*words[:start], *words[end:]]
    forms = ["", *exact(rest), ""]
    first, last = phrase[0].exact, phrase[-1].exact
    for place in range(len(rest) + 1):
        before, after = forms[place], forms[place + 1]
        if not neighbours.isdisjoint(((before, first), (last, after))) and not _splits(rest, place):
            yield [*rest[:place], *phrase, *rest[place:]]


def _with_a_pair_turned(words: Sequence[Word]) -> Iterator[list[Word]]:
    """ "Giulia e Sara", "Sara e Giulia". Numbers are no pairs: "le cinque e nove"."""
    forms = exact(words)
    for place in (place for place, form in enumerate(forms) if form in ("e", "o")):
        for left in range(max(0, place - LONGEST_PAIRED), place):
            for right in range(place + 2, min(len(words), place + 1 + LONGEST_PAIRED) + 1):
                if not any(_is_finite(form) or is_number(form) for form in forms[left:right]):
                    turned = (*words[place + 1 : right], words[place], *words[left:place])
                    yield [*words[:left], *turned, *words[right:]]


def _with_an_adjective_moved(words: Sequence[Word]) -> Iterator[list[Word]]:
    """ "Un mistero antico", "un antico mistero"."""
    for place, (one, other) in enumerate(pairwise(exact(words))):
        if not word_set("before_or_after_a_noun").isdisjoint((one, other)):
            yield [*words[:place], words[place + 1], words[place], *words[place + 2 :]]


def _with_a_superlative_moved(words: Sequence[Word]) -> Iterator[list[Word]]:
    """ "La città più bella", "la più bella città"."""
    forms = exact(words)
    for place, more in enumerate(forms):
        if more not in _MORE or not word_set("before_or_after_a_noun") & set(forms[place + 1 : place + 2]):
            continue
        superlative, before, after = words[place : place + 2], words[:place], words[place + 2 :]
        yield [*before, *after[:1], *superlative, *after[1:]]
        yield [*before[:-1], *superlative, *before[-1:], *after]


def _with_the_verb_first(words: Sequence[Word]) -> Iterator[list[Word]]:
    """ "Con cui Giulia arriva" and "con cui arriva Giulia": a relative clause takes either order. So does
    a verb that has no object after it: "arriva mio padre", "lo porta Luca", "è letto il libro"."""
    forms = exact(words)
    for start, end in _verbs_without_object(forms):
        rest = [*words[:start], *words[end:]]
        yield from ([*rest[:to], *words[start:end], *rest[to:]] for to in range(len(rest) + 1))
    openers = [place for place, word in enumerate(forms) if word in word_set("to_whom_or_where")]
    if not openers:
        return
    last = openers[-1]
    clause = list(words[last + 1 :])
    for place, word in enumerate(clause):
        if _is_finite(word.exact):
            rest = [*clause[:place], *clause[place + 1 :]]
            yield from ([*words[: last + 1], *rest[:to], word, *rest[to:]] for to in range(len(rest) + 1))


def _verbs_without_object(forms: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where a verb with essere, a passive or a verb with its pronouns begins and ends."""
    for place, form in enumerate(forms):
        if not _is_finite(form):
            continue
        start = place
        while start and forms[start - 1] in word_set("clitics"):
            start -= 1
        has_pronoun = start < place
        if start and forms[start - 1] == "non":
            start -= 1
        takes_essere = any(
            each.person >= 0 and auxiliary(each.infinitive) == "essere" for each in readings(form)
        )
        end = place + 1
        if takes_essere and end < len(forms) and _is_participle(forms[end]):
            end += 1
        if takes_essere or has_pronoun:
            yield start, end


def _is_free(words: Sequence[str], start: int, end: int) -> bool:
    phrase = words[start:end]
    if _is_compared(words, start, end):
        return False
    if len(phrase) == 1:
        return phrase[0] in word_set("adverbs") | word_set("times") or _is_infinitive(phrase[0])
    if phrase[0] in word_set("begins_a_clause") or _is_gerund(phrase[0]) or phrase[0] == "pur":
        return True
    if _has_a_verb(phrase) or _begins_with_a_pronoun(phrase):
        return False
    begins = phrase[0] in word_set("begins_a_phrase") or _is_infinitive(phrase[0])
    return begins or not word_set("times").isdisjoint(phrase)


def _begins_with_a_pronoun(phrase: Sequence[str]) -> bool:
    """ "Lo ogni giorno": a word that is no article, since no noun follows it."""
    return phrase[0] in word_set("clitics") and phrase[1] in word_set("leans_forward") | {
        "ogni",
        "tutti",
        "tutte",
    }


def _has_a_verb(phrase: Sequence[str]) -> bool:
    """ "Centro" is a verb's form too, but not after "in"."""
    return any(
        _is_finite(word) and word not in word_set("times") and before not in word_set("leans_forward")
        for before, word in pairwise(phrase)
    )


def _is_compared(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a comparison goes through this phrase: moved alone, it would be compared otherwise."""
    inside, before = words[start:end], words[:start]
    follows = words[end] if end < len(words) else ""
    if not word_set("comparing").isdisjoint(inside):
        return bool({"che", "di"} & {*inside, follows})  # "con più tempo" compares with nothing
    after_che = start > 0 and words[start - 1] == "che"
    before_che = follows == "che" and not _is_infinitive(inside[0])
    return (after_che or before_che or inside[0] in ("di", "che")) and not word_set("comparing").isdisjoint(
        before
    )


def _splits(words: Sequence[Word], place: int) -> bool:
    """Whether something put here would come between a word and what leans on it, like an article's noun."""
    return 0 < place < len(words) and words[place - 1].exact in word_set("leans_forward")


def _is_participle(word: str) -> bool:
    # Some of these verbs have no other persons, and the table of verbs lacks them: squillare.
    return word[:-1] in word_set("with_either_auxiliary") or any(
        reading.tense == "participle" for reading in readings(word)
    )


def _is_infinitive(word: str) -> bool:
    """ "Tacere è più saggio": what is wise may stand first or last."""
    return word.endswith(("are", "ere", "ire")) and any(r.tense == "infinitive" for r in readings(word))


def _is_gerund(word: str) -> bool:
    return word.endswith("ndo") and any(reading.tense == "gerund" for reading in readings(word))


def _is_finite(word: str) -> bool:
    return any(reading.person >= 0 for reading in readings(word))
