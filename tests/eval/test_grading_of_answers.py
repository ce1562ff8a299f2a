"""Grading agrees with a teacher on judged answers; the files lie in `pairs`."""

from pathlib import Path

import pytest

from tests.eval.judged_pairs import PAIR_FILES, compare, pair_in_words, read_pairs, score_pairs

AGREED_SHARE = 0.97


@pytest.mark.parametrize("file", PAIR_FILES, ids=lambda file: file.stem)
def test_grading_agrees_with_a_teacher(file: Path) -> None:
    comparisons = compare(read_pairs(file))
    score = score_pairs(file.name, comparisons)
    others = [each for each in comparisons if each.graded.verdict is not each.pair.fair]
    told = "\n".join(pair_in_words(number, each) for number, each in enumerate(others, 1))
    assert score.agreed >= AGREED_SHARE * score.pairs, told
    assert (score.right_got_zero, score.opposite_got_more) == (0, 0), told
