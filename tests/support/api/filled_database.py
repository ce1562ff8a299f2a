"""Fills a database with years of homework in few statements."""

from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries.assignments import insert_assignment
from homework_api.database.queries.homework import insert_homework
from homework_api.database.queries.outbox import insert_outbox
from homework_api.database.rows import NewAssignment
from homework_api.domain.access import FIRST_TEACHER, Scope
from homework_api.pipeline.jobs import JobPlanner, outbox_rows
from tests.support.api.application import Api

CLASS = 30
_EXERCISES = (
    '[{"type": "fill_in_blank", "question": "Ieri noi ___ al mare. (andare)", '
    '"correct_answer": "siamo andati", "options": null, "explanation": "Andare takes essere here."}]'
)
_COUNTER = {
    "sqlite": "WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < {count})",
    "postgresql": "WITH counter(n) AS (SELECT generate_series(1, {count}))",
}
_JOB_ID = {"sqlite": "printf('%032x', n)", "postgresql": "gen_random_uuid()"}
_NAMES = "name, email, created_at"
_STUDENTS = "'Student ' || n, 'student' || n || '@example.org', '{at}'"
_CLASSES = "'Class ' || n, 'class ' || n, '{at}'"
_MEMBERS = "1 + (n - 1) / {class_}, 1 + n % {students}"
_ASSIGNED = "cefr_level, quantity, exercise_types, status, created_at, deadline_at, completed_at"
_ASSIGNMENTS = """'A2', 1, '["fill_in_blank"]', 'completed', '{at}', '{at}', '{at}'"""
_WRITTEN = (
    "assignment_id, student_id, job_id, seed, status, created_at, requested_at, deadline_at, rescue_at, "
    "rescues, published_at, taken_at, generated_at, available_at, first_available_at, exercises, "
    "generated_by, model, worker_id, completed_at, score, answers, grade"
)
_HOMEWORK = (
    "1 + (n - 1) / {class_}, 1 + n % {students}, {job_id}, n, "
    "CASE WHEN n % 3 = 0 THEN 'completed' ELSE 'available' END, '{at}', '{at}', '{at}', '{at}', "
    "0, '{at}', '{at}', '{at}', '{at}', '{at}', '{exercises}', "
    "CASE WHEN n % 5 = 0 THEN 'mock' ELSE 'vllm' END, 'm', 'gpu-1', "
    "{if_sent} {moment} END, {if_sent} 100 END, {if_sent} {answers} END, {if_sent} {grade} END"
)
_NOTED, _NOTES = "done_at, action, kind, thing", "'{at}', 'student_exported', 'student', CAST(n AS text)"
# PostgreSQL knows the type of a bare NULL or text only if it is given.
_MOMENT = {"sqlite": "'{at}'", "postgresql": "CAST('{at}' AS timestamptz)"}
_JSON = {"sqlite": "'{text}'", "postgresql": "CAST('{text}' AS json)"}


_CACHE = "PRAGMA cache_size"
_CACHE_KIBIBYTES = 2**18

READ_ROUTES = (
    "/ready",
    "/api/teacher/assignments/1",
    "/api/teacher/assignments/1/results",
    "/api/teacher/assignments/1/results?answers=true",
    "/api/teacher/assignments/1/decisions",
    "/api/teacher/assignments/1/homework?limit=10",
    "/api/teacher/assignments/1/homework?limit=10&before_id=20",
    "/api/teacher/homework/6",
    "/api/teacher/assignments/1/events",
    "/api/teacher/assignments/1/export?format=csv",
    "/api/teacher/students/1/export",
    "/api/student/1/homework?limit=10",
    "/api/student/1/homework?status=available",
    "/api/student/7/homework/6",
    "/api/student/7/homework/6/submission",
    "/api/ops/latency",
    "/api/ops/jobs?limit=10&assignment_id=1",
    "/api/ops/audit",
    "/api/ops/audit?limit=10&before_id=20",
    "/api/ops/keys",
    "/api/ops/teachers",
    "/api/teacher/students?limit=10",
    "/api/teacher/assignments?limit=10",
    "/api/teacher/classes?limit=10",
    "/api/teacher/classes?limit=10&before_id=20",
    "/api/teacher/classes/1",
    "/api/teacher/students?limit=10&before_id=20",
    "/api/teacher/assignments?limit=10&before_id=20",
    "/api/student/1/homework?limit=10&before_id=20",
    "/api/ops/jobs?limit=10&before_id=500",
    "/api/ops/jobs?limit=10&before_id=500&status=available",
    "/api/ops/jobs?limit=10",
    "/api/ops/jobs?limit=10&status=available",
    "/api/ops/jobs?limit=10&generator=mock",
    "/api/ops/jobs?limit=10&status=failed&generator=vllm",
    "/api/ops/jobs?limit=10&status=completed&generator=mock",
    "/api/ops/overview",
)
"""Every reading route, on a database that `fill` has filled."""
TEACHERS_ROUTES = tuple(path for path in READ_ROUTES if path.startswith(("/api/teacher", "/api/student")))


async def fill(database: Database, homework: int, per_student: int = 1000) -> None:
    """Add that many written homework to an empty database. They are a year old and in classes of thirty."""
    classes, students = max(1, homework // CLASS), max(CLASS, homework // per_student)
    given: dict[str, object] = {
        "at": f"{datetime.now(UTC) - timedelta(days=365):%Y-%m-%d %H:%M:%S.%f}",
        "class_": CLASS,
        "students": students,
        "job_id": _JOB_ID[database.dialect],
        "exercises": _EXERCISES,
        "if_sent": "CASE WHEN n % 3 = 0 THEN",
        "answers": _JSON[database.dialect].format(text='["siamo andati"]'),
        "grade": _JSON[database.dialect].format(text='[{"verdict": "correct", "feedback": "Right."}]'),
    }
    given["moment"] = _MOMENT[database.dialect].format(**given)
    tables = (
        ("students", _NAMES, _STUDENTS, students),
        ("classes", "name, name_key, created_at", _CLASSES, classes),
        ("class_members", "class_id, student_id", _MEMBERS, classes * CLASS),
        ("assignments", _ASSIGNED, _ASSIGNMENTS, classes),
        ("homework", _WRITTEN, _HOMEWORK, classes * CLASS),
        ("audit_log", _NOTED, _NOTES, homework),
    )
    statements = []
    for table, columns, values, count in tables:
        counter = _COUNTER[database.dialect].format(count=count)
        rows = f"SELECT {values.format(**given)} FROM counter"  # noqa: S608 - our own text
        insert = f"INSERT INTO {table} ({columns})"
        on_sqlite = database.dialect == "sqlite"
        statements.append(f"{counter} {insert} {rows}" if on_sqlite else f"{insert} {counter} {rows}")

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    def work_in_memory(connection: Connection) -> None:
        # Each row changes another page of several indexes. A small cache writes every page again and again.
        usual = connection.exec_driver_sql(_CACHE).scalar()
        connection.exec_driver_sql(f"{_CACHE} = -{_CACHE_KIBIBYTES}")
        work(connection)
        connection.exec_driver_sql(f"{_CACHE} = {usual}")

    await database.write(work_in_memory if database.dialect == "sqlite" else work)


async def give_the_ends(database: Database, teacher_id: int) -> None:
    """Make the oldest and the newest row of each list this teacher's. All rows between them
    belong to others.
    """

    def work(connection: Connection) -> None:
        for table in ("students", "classes", "assignments"):
            ends = f"SELECT min(id) FROM {table} UNION SELECT max(id) FROM {table}"  # noqa: S608 - our own text
            connection.exec_driver_sql(
                f"UPDATE {table} SET teacher_id = {teacher_id} WHERE id IN ({ends})"  # noqa: S608
            )

    await database.write(work)


async def as_teacher(api: Api, teacher_id: int = FIRST_TEACHER) -> None:
    """From now on the test's client uses a key of this teacher that has only a teacher's rights."""
    await api.keys.create("office", frozenset({Scope.OPS}), None, None)
    made = await api.keys.create("teacher", frozenset({Scope.TEACHER}), None, None, teacher_id)
    api.client.headers["Authorization"] = f"Bearer {made.text}"


async def add_waiting(database: Database, jobs: int, seconds: float) -> None:
    """Add pending homework that is due in `seconds` and is not published yet."""
    now = datetime.now(UTC)
    due = now + timedelta(seconds=seconds)
    planner = JobPlanner(lambda: now, lambda: False)
    new = NewAssignment("A2", None, None, 3, ["fill_in_blank"], now, due)

    def insert(connection: Connection, students: range) -> None:
        assignment = insert_assignment(connection, new)
        homework = planner.homework(assignment.id, new, students)
        insert_homework(connection, homework)
        insert_outbox(connection, outbox_rows(assignment.id, new, [one.job for one in homework], None), now)

    for first in range(0, jobs, CLASS):
        students = range(1, 1 + min(CLASS, jobs - first))
        await database.write(partial(insert, students=students))
