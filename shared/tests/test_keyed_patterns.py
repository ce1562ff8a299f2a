"""A pattern is only searched if the text contains one of its words."""

import pytest

from homework_shared.language.reading.matching import KeyedPatterns

PATTERNS = KeyedPatterns(
    [("prestito", r"\bprestito in libreria\b"), ("paga* pago", r"\bpag\w+ attenzione\b")]
)


@pytest.mark.parametrize(
    "text", ["il prestito in libreria", "pago attenzione", "pagavano attenzione", "non paga attenzione"]
)
def test_a_pattern_is_found_by_its_word_or_by_the_beginning_of_one(text: str) -> None:
    assert PATTERNS.occur_in(text, text.split())


@pytest.mark.parametrize("text", ["", "il prestito in banca", "pagate il conto", "attenzione"])
def test_a_word_alone_is_no_match(text: str) -> None:
    assert not PATTERNS.occur_in(text, text.split())


def test_without_its_word_a_pattern_is_not_searched() -> None:
    assert not PATTERNS.occur_in("il prestito in libreria", ["il"])
    assert not PATTERNS.occur_in("paghiamo attenzione", ["paghiamo", "attenzione"])
