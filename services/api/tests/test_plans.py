"""The query plans of every reading route use an index and never scan a whole table, on both databases."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from tests.support.api.application import Api
from tests.support.api.filled_database import READ_ROUTES, TEACHERS_ROUTES, as_teacher, fill

from homework_api.database.queries.results import find_overdue
from homework_api.domain.access import ANYBODY, EVERYTHING

GROWING = {
    "students", "classes", "class_members", "assignments", "homework", "student_links", "student_sessions",
    "teacher_sessions", "audit_log",
}  # fmt: skip
HOMEWORK = 900

NOT_LOOKED_AT = {
    "/",  # These two query neither the database nor the broker.
    "/health",
    "/api/ops/dead",  # These two query only the broker.
    "/api/ops/dead/{id}",
    "/api/session",  # These two need a session, and are tested below.
    "/api/teacher-session",
}

Statement = tuple[str, Any]


async def asked_by(api: Api, path: str, headers: dict[str, str] | None = None) -> list[Statement]:
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    for engine in api.db.engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        answer = await api.client.get(path, headers=headers)
    finally:
        for engine in api.db.engines:
            event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, answer.text
    assert seen
    return seen


async def whole_tables(api: Api, statement: str, parameters: Any) -> set[str]:
    """The growing tables that the database would scan completely."""
    if api.db.dialect == "sqlite":
        ask = f"EXPLAIN QUERY PLAN {statement}"
    else:
        # On a small table the planner would prefer a scan. The test is whether it needs one.
        ask = f"EXPLAIN (FORMAT JSON) {statement}"

    def explain(connection: Connection) -> list[Any]:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        return list(connection.exec_driver_sql(ask, parameters))

    rows = await api.db.read(explain)
    if api.db.dialect == "sqlite":
        is_sorted = any("USE TEMP B-TREE FOR ORDER BY" in str(row[-1]) for row in rows)
        words = set(statement.split())
        if "LIMIT" in words and "WHERE" not in words and not is_sorted:
            return set()  # This reads one page of all rows, in the order of an index.
        scanned = {match[1] for row in rows if (match := re.match(r"SCAN (\w+)", str(row[-1])))}
        return scanned & GROWING
    plans = rows[0][0] if isinstance(rows[0][0], list) else json.loads(rows[0][0])
    return set(_without_condition(plans[0]["Plan"])) & GROWING


def _without_condition(plan: dict[str, Any], paged: bool = False) -> Iterator[str]:
    # Reading can only stop at the end of a page if an index gives the rows in order and no row is filtered
    # out.
    paged = (paged and "Index" in plan["Node Type"]) or plan["Node Type"] == "Limit"
    bitmap = plan["Plans"] if plan["Node Type"] == "Bitmap Heap Scan" else []
    finds = "Index Cond" in plan or "'Index Cond'" in str(bitmap)
    wanted = "Filter" not in plan if paged else finds
    if "Relation Name" in plan and not wanted:
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _without_condition(part, paged)


@pytest.fixture
async def filled(api: Api) -> Api:
    if api.db.dialect == "postgresql":
        await api.db.write(_leave_without_statistics)
    await fill(api.db, HOMEWORK, per_student=20)
    return api


def _leave_without_statistics(connection: Connection) -> None:
    # Autovacuum runs at unpredictable moments. With its statistics of so few rows, PostgreSQL rightly prefers
    # a scan, because most of the rows are requested.
    for table in sorted(GROWING):
        connection.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


async def test_no_route_that_reads_goes_through_a_whole_table(filled: Api) -> None:
    found = {
        (path, table, statement)
        for path in READ_ROUTES
        for statement, parameters in await asked_by(filled, path)
        for table in await whole_tables(filled, statement, parameters)
    }
    assert found == set()


async def test_no_route_that_a_teacher_calls_scans_a_whole_table(filled: Api) -> None:
    await as_teacher(filled)
    found = {
        (path, table, statement)
        for path in TEACHERS_ROUTES
        for statement, parameters in await asked_by(filled, path)
        for table in await whole_tables(filled, statement, parameters)
    }
    assert found == set()


async def test_the_deadline_net_finds_what_is_waited_for_by_its_index(filled: Api) -> None:
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    for engine in filled.db.engines:
        event.listen(engine, "before_cursor_execute", note)
    now = filled.clock()
    assert await filled.db.write(lambda connection: find_overdue(connection, now, 10)) == []
    [(statement, parameters)] = [each for each in seen if each[0].startswith("SELECT")]
    ask = "EXPLAIN QUERY PLAN " if filled.db.dialect == "sqlite" else "EXPLAIN "
    plan = await filled.db.read(
        lambda connection: list(connection.exec_driver_sql(ask + statement, parameters))
    )
    assert "ix_homework_awaited_rescue_at" in str(plan)


async def test_a_plan_that_reads_a_whole_table_is_noticed(filled: Api) -> None:
    assert await whole_tables(filled, "SELECT count(*) FROM homework", ()) == {"homework"}
    assert await whole_tables(filled, "SELECT count(*) FROM students WHERE name > 'x'", ()) == {"students"}
    page = "SELECT id FROM homework WHERE model = 'x' ORDER BY id LIMIT 10"
    assert await whole_tables(filled, page, ()) == {"homework"}


async def test_every_route_that_reads_the_database_is_looked_at(filled: Api) -> None:
    routes = {path for path, methods in filled.app.openapi()["paths"].items() if "get" in methods}
    patterns = {route: re.sub(r"\{\w+\}", "[^/]+", route) for route in routes}
    asked = [path.partition("?")[0] for path in READ_ROUTES]
    not_asked = {route for route in routes if not any(re.fullmatch(patterns[route], path) for path in asked)}
    assert not_asked == NOT_LOOKED_AT


async def test_a_session_is_found_by_an_index(filled: Api) -> None:
    link = await filled.services.student_links.make(1, EVERYTHING)
    session = await filled.services.student_links.begin_session(link.token, "this-browser-and-no-other")
    header = {"Authorization": f"Bearer {session.secret}"}
    for path in ("/api/session", "/api/student/1/homework?limit=10"):
        for statement, parameters in await asked_by(filled, path, header):
            assert await whole_tables(filled, statement, parameters) == set(), statement


async def test_a_teachers_session_is_found_by_an_index(filled: Api) -> None:
    sessions = filled.services.teacher_sessions
    link = await sessions.make_link(ANYBODY, EVERYTHING)
    session = await sessions.begin_with_link(link.token, "this-browser-and-no-other")
    header = {"Authorization": f"Bearer {session.secret}"}
    for statement, parameters in await asked_by(filled, "/api/teacher-session", header):
        assert await whole_tables(filled, statement, parameters) == set(), statement
