"""The page on privacy describes every table, and a job contains nothing about a student."""

import re

from homework_api.database.models import STUDENTS
from homework_shared.exercises.messages import GenerateHomework
from tests.support.processes import ROOT

PAGE = (ROOT / "docs/privacy.md").read_text("utf-8")


def test_every_table_is_on_the_page() -> None:
    said = set(re.findall(r"`(\w+)`", PAGE.partition("### The database")[2].partition("### The broker")[0]))
    assert set(STUDENTS.metadata.tables) - said == set()


def test_a_job_contains_nothing_about_its_student() -> None:
    # A new field is not wrong by itself. Check whether it contains personal data, and correct the page.
    assert set(GenerateHomework.model_fields) == {
        "schema_version", "job_id", "cefr_level", "grammar_focus", "topic", "quantity", "exercise_types",
        "seed", "delivery_token", "created_at", "deadline_at",
    }  # fmt: skip
