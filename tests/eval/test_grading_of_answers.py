"""Grading agrees with a teacher on judged answers; the files are in `pairs`."""

from pathlib import Path

import pytest

from tests.eval.judged_pairs import PAIR_FILES, compare, pair_in_words, read_pairs, score_pairs

FLOORS = {
    "hard": (0.97, 0, 0),
    "unseen": (0.97, 0, 2),
    "wordings": (0.93, 1, 4),
    "aside": (0.92, 3, 3),
    "kinds": (0.90, 3, 7),
}
"""The lowest share of agreement, the most right answers without a point, and the most wrong answers with
some.

`hard` was available while grading was developed. The author of `unseen` and `wordings` knew nothing of
grading. Their disagreements have been examined since, and so was every second one of `aside`. Before that,
agreement on `aside` was 91 %. `kinds` was written by kinds of difference. Every second line of it was set
aside: agreement on these is 85 %, which is what to expect of unseen answers with such differences.
The goal is 97 % for all, and no such answers.
"""


@pytest.mark.parametrize("file", PAIR_FILES, ids=lambda file: file.stem)
def test_grading_agrees_with_a_teacher(file: Path) -> None:
    comparisons = compare(read_pairs(file))
    score = score_pairs(file.name, comparisons)
    others = [each for each in comparisons if each.graded.verdict is not each.pair.fair]
    told = "\n".join(pair_in_words(number, each) for number, each in enumerate(others, 1))
    agreed, right_got_zero, opposite_got_more = FLOORS[file.stem]
    assert score.agreed >= agreed * score.pairs, told
    assert score.right_got_zero <= right_got_zero, told
    assert score.opposite_got_more <= opposite_got_more, told
