"""The work that every peer does: jobs of about 300 bytes, results of about 1.5 kB of five exercises."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

CLASS = 30
SENDERS = 4
"""The number of concurrent submissions, if a client waits for each."""
QUANTITY = 5
_EXERCISE = {
    "type": "fill_in_blank",
    "question": "Ieri sera noi ___ al cinema con gli amici di Paolo, e poi siamo tornati a casa. (andare)",
    "correct_answer": "siamo andati",
    "options": None,
    "explanation": "Andare takes essere in the passato prossimo, and its participle agrees with the subject.",
}


def job(number: int) -> dict[str, Any]:
    return {
        "job_id": str(uuid4()),
        "cefr_level": "A2",
        "grammar_focus": "passato prossimo",
        "topic": "una vacanza al mare",
        "quantity": QUANTITY,
        "exercise_types": ["fill_in_blank"],
        "seed": number,
        "created_at": "2026-11-23T09:00:00Z",
        "deadline_at": "2026-11-23T10:00:00Z",
    }


def assignment(students: list[int]) -> dict[str, Any]:
    """The same jobs, in the form of a request to our API."""
    sample = job(0)
    wanted = ("cefr_level", "grammar_focus", "topic", "quantity", "exercise_types")
    return {name: sample[name] for name in wanted} | {"student_ids": students, "deadline_seconds": 600}


@cache
def exercises() -> list[dict[str, Any]]:
    """Five different exercises, because the checks require that."""
    names = ("Paolo", "Giulia", "Marta", "Stefano", "Chiara")
    return [_EXERCISE | {"question": str(_EXERCISE["question"]).replace("Paolo", name)} for name in names]


def answer(job_id: str) -> dict[str, Any]:
    return {"job_id": job_id, "generated_by": "vllm", "model": "bench", "exercises": exercises()}


def answer_text(job_id: str) -> str:
    return json.dumps(answer(job_id), ensure_ascii=False)


def amqp_url() -> str:
    return os.environ["AMQP_URL"]


def redis_url() -> str:
    return os.environ["REDIS_URL"]


def database() -> Path:
    return Path(os.environ["BENCH_FOLDER"]) / "results.db"
