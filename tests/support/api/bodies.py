"""A valid body for each route that needs one, for tests that call every route."""

from typing import Any

from tests.support.api.application import EXERCISE

BODIES: dict[str, Any] = {
    "POST /api/teacher/students": {"name": "Ada", "email": "new@example.org"},
    "PATCH /api/teacher/students/{student_id}": {"name": "Ada"},
    "POST /api/session": {"token": "t", "nonce": "n" * 22},
    "POST /api/teacher-session": {"token": "t", "nonce": "n" * 22},
    "POST /api/teacher/classes": {"name": "2B"},
    "PATCH /api/teacher/classes/{class_id}": {"name": "2B"},
    "PATCH /api/teacher/classes/{class_id}/students": {"add": [1]},
    "POST /api/teacher/assignments": {"cefr_level": "A1", "student_ids": [1]},
    "PATCH /api/teacher/assignments/{assignment_id}": {"late_work": "mark"},
    "POST /api/teacher/assignments/{assignment_id}/decisions": {"homework_id": 1, "index": 1, "right": True},
    "PUT /api/teacher/homework/{homework_id}/exercises/{index}": {"version": "x", "exercise": EXERCISE},
    "POST /api/teacher/homework/{homework_id}/exercises/{index}/replace": {"version": "x"},
    "PUT /api/student/{student_id}/homework/{homework_id}/answers": {"answers": []},
    "POST /api/student/{student_id}/homework/{homework_id}/submission": {"answers": []},
    "POST /api/ops/keys": {"name": "x", "rights": ["ops"]},
    "POST /api/ops/teachers": {"name": "Bea"},
    "PATCH /api/ops/teachers/{teacher_id}": {"name": "Bea"},
}
