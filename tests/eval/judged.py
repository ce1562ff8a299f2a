"""Exercises with a teacher's verdict, and how many of them the checks judge correctly."""

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field, TypeAdapter

from homework_shared.exercises.exercise import CefrLevel, Exercise
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems

FILES = tuple(sorted((Path(__file__).parent / "judged").glob("*.jsonl")))


class Judged(BaseModel):
    """One exercise with its verdict. `grammar` is the name of the focus in the files of the small model."""

    id: int | None = None
    exercise: Exercise
    verdict: Literal["right", "wrong"]
    level: CefrLevel | None = None
    grammar_focus: str | None = None
    grammar: str | None = None
    topic: str | None = None
    fault: str | None = None


class Finding(NamedTuple):
    judged: Judged
    checks: Sequence[StrEnum]


_LINE: TypeAdapter[Judged] = TypeAdapter(Judged)


def read(file: Path) -> list[Judged]:
    return [_LINE.validate_json(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def examine(all_judged: Iterable[Judged]) -> list[Finding]:
    return [
        Finding(judged, [problem.check for problem in problems(judged.exercise, _asked(judged))])
        for judged in all_judged
    ]


def _asked(judged: Judged) -> Asked:
    return Asked(judged.level, judged.grammar_focus or judged.grammar, judged.topic)


class Score(BaseModel):
    """How many of the wrong exercises the checks caught, and how many of the right ones they refused."""

    file: str
    wrong: int = Field(ge=0)
    caught: int = Field(ge=0)
    right: int = Field(ge=0)
    refused: int = Field(ge=0)


def score(name: str, findings: Sequence[Finding]) -> Score:
    wrong = [finding for finding in findings if finding.judged.verdict == "wrong"]
    right = [finding for finding in findings if finding.judged.verdict == "right"]
    return Score(
        file=name,
        wrong=len(wrong),
        caught=sum(bool(finding.checks) for finding in wrong),
        right=len(right),
        refused=sum(bool(finding.checks) for finding in right),
    )


def in_words(number: int, finding: Finding) -> str:
    judged = finding.judged
    told: dict[str, Any] = {
        "line": number,
        "id": judged.id,
        "verdict": judged.verdict,
        "fault": judged.fault,
        "found": sorted(set(finding.checks)),
    }
    return json.dumps(told, ensure_ascii=False)
