"""A teacher's homework: the list, an assignment while it is written, its due date, and its withdrawal."""

import httpx
from tests.support.classroom import School, typed, words_of


async def assigned(school: School, **more: object) -> int:
    return int((await school.api.assign([school.student], **{"quantity": 1, **more}))["id"])


async def settled(school: School, assignment_id: int, by: str | None = "mock") -> int:
    [homework] = await school.api.homework(assignment_id)
    await school.api.settle(homework, by)
    assert homework.id is not None
    return homework.id


async def send(school: School, homework_id: int) -> None:
    path = f"/api/student/{school.student}/homework/{homework_id}"
    await school.api.client.post(f"{path}/start")
    sent = await school.api.client.post(f"{path}/submission", json={"answers": ["siamo andati"]})
    assert sent.status_code in {200, 201}, sent.text


async def test_the_list_says_of_each_homework_how_far_it_is(
    school: School, teacher: httpx.AsyncClient
) -> None:
    assert "You have given no homework yet." in words_of(await teacher.get("/teacher"))
    sent = await assigned(school, topic="il mare", grammar_focus="futuro", due_at="2026-11-27T17:00:00Z")
    await send(school, await settled(school, sent))
    await assigned(school, topic="<il cibo>", review=True)
    await assigned(school, topic="lo sport", review=True, release_at="2026-11-24T07:00:00Z")
    page = await teacher.get("/teacher")
    text = words_of(page)
    order = [text.index(topic) for topic in ("lo sport", "<il cibo>", "futuro · il mare")]
    assert order == sorted(order), "the newest first"
    assert "lo sport 1 student · A2 0 of 1 written · 0 of 1 sent No fixed date" in text
    assert "Held back until Tuesday 24 November, 08:00" in text
    assert "Held back until you release it · It is being written" in text
    assert (
        "1 of 1 written · 1 of 1 sent Due on Friday 27 November, 18:00 The class sees it as soon as" in text
    )
    assert "<il cibo>" not in page.text


async def test_the_list_fills_itself_while_something_is_being_written(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await assigned(school)
    waiting = await teacher.get("/teacher?notice=given")
    assert 'hx-get="/teacher" hx-trigger="every 5s"' in waiting.text
    assert '<noscript><meta http-equiv="refresh"' in waiting.text
    await settled(school, made)
    assert "htmx" not in (await teacher.get("/teacher")).text


async def test_without_students_the_list_says_what_to_do_first(
    school: School, teacher: httpx.AsyncClient
) -> None:
    await school.api.client.delete(f"/api/teacher/students/{school.student}")
    page = await teacher.get("/teacher")
    assert "Add a class and its students first." in words_of(page)
    assert 'href="/teacher/classes"' in page.text
    assert "/teacher/give" not in page.text


async def test_older_homework_is_on_pages_of_its_own_and_the_cost_stays(
    school: School, teacher: httpx.AsyncClient
) -> None:
    costs = []
    for _ in range(2):
        for _ in range(11):
            await assigned(school)
        school.asked.clear()
        first = await teacher.get("/teacher")
        costs.append(len(school.asked))
    assert costs == [3, 3]
    assert first.text.count("<li>") == 20
    older = await teacher.get("/teacher?before=3")
    assert older.text.count("<li>") == 2
    assert 'hx-get="/teacher?before=3"' in older.text
    for path in (
        "/teacher?before=x",
        "/teacher?before=0",
        f"/teacher?before={10**20}",
        "/teacher/homework/x",
    ):
        assert "does not exist" in words_of(await teacher.get(path)), path


async def test_one_assignment_is_watched_until_it_is_written(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await assigned(school, topic="il mare")
    path = f"/teacher/homework/{made}"
    waiting = await teacher.get(path)
    assert "0 of 1 written" in words_of(waiting)
    assert f'hx-get="{path}?page=1"' in waiting.text
    assert "It is ready by Monday 23 November, 10:00 at the latest." in words_of(waiting)
    await send(school, await settled(school, made, "vllm"))
    done = await teacher.get(path)
    text = words_of(done)
    assert "A language model on the GPU wrote 1." in text
    assert "Giulia sent GPU 100" in text
    assert "htmx" not in done.text
    assert "built-in generator wrote" not in text


async def test_the_page_says_why_the_mock_wrote_and_asks_a_gpu_once(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await assigned(school)
    await settled(school, made)
    path = f"/teacher/homework/{made}"
    assert "The built-in generator wrote 1, because no GPU was online" in words_of(await teacher.get(path))
    school.api.clock.advance(1)
    answers = [await teacher.post(f"{path}/retry", data={"replace_mock": "1"}) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [f"{path}?notice=asked", path]
    assert "The homework is requested again." in words_of(await teacher.get(f"{path}?notice=asked"))
    assert "told_" not in (await teacher.get(f"{path}?notice=title")).text


async def test_what_failed_is_asked_for_again_by_a_button(school: School, teacher: httpx.AsyncClient) -> None:
    made = await assigned(school)
    await settled(school, made, by=None)
    path = f"/teacher/homework/{made}"
    text = words_of(await teacher.get(path))
    assert "1 could not be written" in text
    assert "not written" in text
    for _ in range(2):
        assert (await teacher.post(f"{path}/retry")).status_code == 303
    assert (await school.api.assignment(made))["progress"]["failed"] == 0


async def test_the_due_date_is_changed_and_a_wrong_one_is_refused_in_words(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await assigned(school, due_at="2026-11-27T17:00:00Z", late_work="refuse")
    path = f"/teacher/homework/{made}/due"
    form = (await teacher.get(path)).text
    assert 'value="2026-11-27T18:00"' in form
    assert '<option value="refuse" selected>' in form
    for wrong in ("2026-11-20T18:00", "2027-03-28T02:30", "x"):
        page = await teacher.post(path, data={"due_at": wrong, "late_work": "mark"})
        assert page.status_code == 400
        assert f'value="{wrong}"' in page.text
        assert 'id="wrong-due_at"' in page.text
    for _ in range(2):
        sent = await teacher.post(path, data={"due_at": "2026-11-28T18:00", "late_work": "accept"})
        assert sent.headers["Location"] == f"/teacher/homework/{made}?notice=due"
    now = await school.api.assignment(made)
    assert (now["due_at"], now["late_work"]) == ("2026-11-28T17:00:00Z", "accept")
    await teacher.post(path, data={"due_at": "", "late_work": "nonsense"})
    now = await school.api.assignment(made)
    assert (now["due_at"], now["late_work"]) == (None, "mark")


async def test_a_withdrawal_asks_first_and_two_clicks_are_one(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await assigned(school, topic="il mare")
    path = f"/teacher/homework/{made}/withdraw"
    assert "It is deleted for all students, with their answers." in words_of(await teacher.get(path))
    assert (await school.api.assignment(made))["id"] == made, "looking withdraws nothing"
    for _ in range(2):
        assert (await teacher.post(path)).headers["Location"] == "/teacher?notice=withdrawn"
    gone = await teacher.get(f"/teacher/homework/{made}")
    assert gone.status_code == 404
    assert "This is not there" in words_of(gone)


async def test_a_large_class_is_on_several_pages(school: School, teacher: httpx.AsyncClient) -> None:
    students = [await school.api.add_student(f"{number}@example.org", f"S{number}") for number in range(51)]
    made = (await school.api.assign(students))["id"]
    first = await teacher.get(f"/teacher/homework/{made}")
    assert first.text.count('<th scope="row">') == 50
    assert f"/teacher/homework/{made}?page=2" in first.text
    for number in ("2", "99"):
        last = await teacher.get(f"/teacher/homework/{made}?page={number}")
        assert last.text.count('<th scope="row">') == 1


async def test_files_come_as_the_service_makes_them_and_never_as_a_page(
    school: School, teacher: httpx.AsyncClient
) -> None:
    made = await assigned(school)
    path = f"/teacher/homework/{made}/files"
    early = await teacher.get(f"{path}/pdf")
    assert early.status_code == 409
    assert "Nothing to export yet" in words_of(early)
    await settled(school, made)
    for kind, ending, beginning in (
        ("pdf", "pdf", b"%PDF"), ("moodle_xml", "xml", b"<?xml"), ("gift", "gift", b""),
        ("xlsx", "xlsx", b"PK"), ("csv", "csv", b""), ("results-xlsx", "xlsx", b"PK"),
        ("results-csv", "csv", b"\xef\xbb\xbfstudent_id"),
    ):  # fmt: skip
        file = await teacher.get(f"{path}/{kind}")
        assert file.status_code == 200, kind
        disposition = file.headers["Content-Disposition"]
        assert disposition.startswith(f'attachment; filename="assignment-{made}'), kind
        assert disposition.endswith((f'.{ending}"', '.txt"')), kind
        assert "html" not in file.headers["Content-Type"]
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.content.startswith(beginning), kind
    assert (await teacher.get(f"{path}/exe")).status_code == 404


async def test_both_cookies_in_one_browser_are_two_people(school: School, teacher: httpx.AsyncClient) -> None:
    await school.sign_in(teacher)
    homework_id = await school.written(topic="il mare")
    assert "il mare" in words_of(await teacher.get("/teacher"))
    await teacher.post(f"/homework/{homework_id}/start")
    sent = await teacher.post(f"/homework/{homework_id}/send", data=typed("siamo andati", "andrò", ""))
    assert sent.status_code == 303
    assert "1 of 1 sent" in words_of(await teacher.get("/teacher"))
