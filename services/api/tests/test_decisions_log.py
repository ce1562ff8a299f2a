"""Decisions are kept with who made them and when, as long as what they concern is there."""

from prometheus_client import REGISTRY
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col
from tests.support.api.application import Api, api_over
from tests.support.api.decided_class import ASSIGNMENTS, BOTH, CHOICE, MIDNIGHT, class_with
from tests.support.api.rows import rows, scalars

from homework_api.database.models import Decision
from homework_api.domain.access import Scope


async def test_the_log_says_who_decided_and_when(database_url: str) -> None:
    async with api_over(database_url, admin_key=SecretStr("a" * 32)) as api:
        api.client.headers["Authorization"] = f"Bearer {'a' * 32}"
        group = await class_with(api, BOTH)
        await group.send(0, "ventiquattro", "a")
        key = await api.keys.create("Prof. Conti", frozenset({Scope.TEACHER}), None, None)
        admin = await group.decide(0)
        assert (admin["decided_by"], admin["decided_by_key"]) == ("the administrator", None)
        api.client.headers["Authorization"] = f"Bearer {key.text}"
        api.clock.advance(60)
        await group.take_back(admin)
        [logged] = (await api.client.get(group.path)).json()
        assert (logged["decided_at"], logged["withdrawn_at"]) == (
            "2026-11-23T09:00:00Z",
            "2026-11-23T09:01:00Z",
        )
        assert (logged["withdrawn_by"], logged["withdrawn_by_key"]) == ("Prof. Conti", key.row.id)


async def test_without_keys_the_log_names_nobody(sqlite_api: Api) -> None:
    group = await class_with(sqlite_api, BOTH)
    await group.send(0, "ventiquattro", "a")
    made = await group.decide(0)
    assert (made["decided_by"], made["decided_by_key"], made["decided_at"]) == (
        None,
        None,
        "2026-11-23T09:00:00Z",
    )


async def test_the_log_is_read_page_by_page(sqlite_api: Api) -> None:
    group = await class_with(sqlite_api, BOTH)
    await group.send(0, "le due", "a")
    made = [await group.decide(0, answer=answer) for answer in ("uno", "due", "tre")]
    page = await sqlite_api.client.get(group.path, params={"limit": 1, "offset": 1})
    assert ([one["id"] for one in page.json()], page.headers["X-Total-Count"]) == ([made[1]["id"]], "3")


async def test_decisions_belong_to_their_assignment(api: Api) -> None:
    group, answer = await class_with(api, BOTH), {"right": True, "index": 1}
    await group.send(0, "ventiquattro", "a")
    made = await group.decide(0)
    other = (await api.assign([group.homework[0].student_id], quantity=1))["id"]
    theirs = f"{ASSIGNMENTS}/{other}/decisions"
    strange = await api.client.post(theirs, json={"homework_id": group.homework[0].id, **answer})
    assert (strange.status_code, "has no homework" in strange.text) == (404, True)
    gone = await api.client.delete(f"{theirs}/{made['id']}")
    assert (gone.status_code, "GET …/decisions" in gone.text) == (404, True)
    assert (await api.client.get(theirs)).json() == []
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/1")):
        body = {"homework_id": 1, **answer}
        unknown = await api.client.request(method, f"{ASSIGNMENTS}/4711/decisions{path}", json=body)
        assert (unknown.status_code, unknown.json()) == (404, {"detail": "Assignment not found"}), method


async def test_decisions_go_with_their_assignment(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    for student in range(2):
        await group.send(student, "ventiquattro", "a")
        await group.decide(student, scope="student")
    await group.decide(0, answer="le ventiquattro")
    assert (await api.client.delete(f"{ASSIGNMENTS}/{group.id}")).status_code == 204
    assert await scalars(api.db, select(col(Decision.id))) == []


async def test_decisions_go_with_the_last_student_whom_they_concern(api: Api) -> None:
    group = await class_with(api, BOTH, [MIDNIGHT, CHOICE | {"question": "Abito ___ Roma."}])
    for student in range(2):
        await group.send(student, "ventiquattro", "in")
        await group.decide(student, scope="student")
    shared, own = await group.decide(0, answer="le ventiquattro"), await group.decide(0, index=2)
    left = select(col(Decision.homework_id), col(Decision.question)).order_by(col(Decision.id))
    for_the_second = (group.homework[1].id, MIDNIGHT["question"])
    assert own["question"] == CHOICE["question"]
    await api.client.delete(f"/api/teacher/students/{group.homework[0].student_id}")
    assert [tuple(row) for row in await rows(api.db, left)] == [for_the_second, (None, MIDNIGHT["question"])]
    await group.take_back(shared)
    await api.client.delete(f"/api/teacher/students/{group.homework[1].student_id}")
    assert await rows(api.db, left) == []


async def test_decisions_are_counted(sqlite_api: Api) -> None:
    def counted() -> list[float]:
        name = "homework_decisions_total"
        labels = ("accepted", "refused", "withdrawn")
        return [REGISTRY.get_sample_value(name, {"decision": label}) or 0 for label in labels]

    before = counted()
    group = await class_with(sqlite_api, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.decide(0)
    await group.ask(0)
    refused = await group.decide(0, right=False)
    await group.take_back(refused)
    await group.take_back(refused)
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1, 1]
