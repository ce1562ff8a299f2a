"""The number of statements of a request does not grow with the class, so a class of 300 stays quick."""

from tests.support.api.application import Api, statements_of


async def test_an_assignment_for_300_students_takes_a_handful_of_statements(api: Api) -> None:
    students = await api.add_students(300)
    with statements_of(api.db) as statements:
        answer = await api.client.post(
            "/api/teacher/assignments",
            json={"cefr_level": "A1", "student_ids": students[::-1]},
            headers={"Idempotency-Key": "k"},
        )
    assert answer.status_code == 201
    assert len(statements) <= 8, statements
    assert (await api.assignment(answer.json()["id"]))["student_ids"] == students[::-1]


async def test_an_assignment_for_the_largest_class_is_accepted(api: Api) -> None:
    # The largest class stays below the drivers' limit of parameters in one statement.
    answer = await api.client.post(
        "/api/teacher/assignments", json={"cefr_level": "A1", "student_ids": list(range(1, 10_001))}
    )
    assert answer.status_code == 404
    assert answer.json()["detail"].endswith("and 9990 more")


async def test_a_retry_takes_a_handful_of_statements(api: Api) -> None:
    assignment = await api.assign(await api.add_students(30))
    for homework in await api.homework(assignment["id"]):
        await api.settle(homework, None)
    with statements_of(api.db) as statements:
        answer = await api.client.post(f"/api/teacher/assignments/{assignment['id']}/retry")
    assert answer.status_code == 200
    assert len(statements) <= 8, statements


async def test_replacing_the_mocks_homework_takes_a_handful_of_statements(api: Api) -> None:
    assignment = await api.assign(await api.add_students(30))
    for homework in await api.homework(assignment["id"]):
        await api.settle(homework, "mock")
    api.clock.advance(60)
    with statements_of(api.db) as statements:
        answer = await api.client.post(
            f"/api/teacher/assignments/{assignment['id']}/retry", json={"replace_mock": True}
        )
    assert answer.status_code == 200
    assert len(statements) <= 8, statements


async def test_lists_take_the_same_statements_however_long_they_are(api: Api) -> None:
    students = await api.add_students(3)
    paths = ("/api/teacher/students", "/api/teacher/assignments", f"/api/student/{students[0]}/homework")
    counts = []
    for _ in range(2):
        for _ in range(4):
            await api.assign(students)
        with statements_of(api.db) as statements:
            for path in paths:
                assert (await api.client.get(path)).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9, statements
