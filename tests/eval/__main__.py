"""Prints how well the checks do on judged exercises, and grading on judged answers: a line of JSON for each
file.

How to: `make eval`, or `make eval ARGS="--each --judged some.jsonl other.jsonl"`, or `make eval ARGS="--pairs
some.jsonl"`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.eval.judged import FILES, examine, in_words, read, score
from tests.eval.judged_pairs import PAIR_FILES, compare, pair_in_words, read_pairs, score_pairs, table_of


def main() -> None:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument(
        "--judged", nargs="+", type=Path, default=[], metavar="FILE", help="files of judged exercises"
    )
    parser.add_argument(
        "--pairs", nargs="+", type=Path, default=[], metavar="FILE", help="files of judged answers"
    )
    parser.add_argument(
        "--each", action="store_true", help="also print each exercise, or each answer whose grade is disputed"
    )
    parser.add_argument(
        "--half", choices=("odd", "even"), help="use only exercises with odd or with even ids"
    )
    arguments = parser.parse_args()
    is_all = not arguments.judged and not arguments.pairs
    _judge_exercises(FILES if is_all else arguments.judged, arguments.each, arguments.half)
    _judge_answers(PAIR_FILES if is_all else arguments.pairs, arguments.each)


def _judge_exercises(files: Sequence[Path], each: bool, half: str | None) -> None:
    for file in files:
        judged = read(file)
        if half:
            judged = [one for one in judged if (one.id or 0) % 2 == (half == "odd")]
        findings = examine(judged)
        if each:
            for number, finding in enumerate(findings, 1):
                print(in_words(number, finding))
        print(score(str(file), findings).model_dump_json())


def _judge_answers(files: Sequence[Path], each: bool) -> None:
    for file in files:
        comparisons = compare(read_pairs(file))
        for number, comparison in enumerate(comparisons, 1):
            if each and comparison.graded.verdict is not comparison.pair.fair:
                print(pair_in_words(number, comparison))
        print(score_pairs(str(file), comparisons).model_dump_json())
        print(table_of(comparisons))


if __name__ == "__main__":
    main()
