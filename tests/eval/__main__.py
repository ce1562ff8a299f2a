"""Prints how the checks do on judged exercises, as one line of JSON for each file.

How to: `make eval`, or `make eval ARGS="--each --judged some.jsonl other.jsonl"`.
"""

import argparse
from pathlib import Path

from tests.eval.judged import FILES, examine, in_words, read, score


def main() -> None:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--judged", nargs="+", type=Path, default=FILES, metavar="FILE")
    parser.add_argument("--each", action="store_true", help="also what was found in each exercise")
    parser.add_argument("--half", choices=("odd", "even"), help="only exercises with such an id")
    arguments = parser.parse_args()
    for file in arguments.judged:
        judged = read(file)
        if arguments.half:
            judged = [one for one in judged if (one.id or 0) % 2 == (arguments.half == "odd")]
        findings = examine(judged)
        if arguments.each:
            for number, finding in enumerate(findings, 1):
                print(in_words(number, finding))
        print(score(str(file), findings).model_dump_json())


if __name__ == "__main__":
    main()
