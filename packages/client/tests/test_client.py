"""Every request of the API through the client, with a service that listens."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.support.api.live import Live

from homework_client import classes, dead_letters, requests, teachers
from homework_client.client import AsyncClient, Client
from homework_client.models import (
    Assignment,
    AssignmentStatus,
    CefrLevel,
    ExportFormat,
    GeneratorKind,
    HomeworkStatus,
    LateWork,
    Mode,
    ReadyStatus,
    Scope,
)
from homework_client.refusals import Misused, Refused, Unauthorized
from homework_client.requests import NewAssignment
from homework_shared.messaging.transport import Envelope


def wanted(*student_ids: int) -> NewAssignment:
    return NewAssignment(cefr_level=CefrLevel.A2, student_ids=student_ids, quantity=2, topic="cibo")


@pytest.fixture
def written(client: Client) -> Assignment:
    """The assignment of one student, which a generator has written."""
    student = client.send(requests.create_student("Ada", "ada@example.org"))
    made = client.send(requests.create_assignment(wanted(student.id), str(uuid4())))
    *_, last = client.stream(requests.follow_assignment(made.id))
    return last.value


def test_students_are_created_listed_by_page_and_deleted(client: Client) -> None:
    ids = [client.send(requests.create_student(name, f"{name}@example.org")).id for name in "abc"]
    page = client.fetch(requests.list_students(limit=2, offset=1))
    assert [student.id for student in page.value] == [ids[1], ids[0]]
    assert page.headers["X-Total-Count"] == "3"
    client.send(requests.delete_student(ids[0]))
    assert [student.name for student in client.send(requests.list_students())] == ["c", "b"]


async def test_an_administrator_asks_for_one_teacher_or_for_all(live: Live, client: Client) -> None:
    anna = client.send(teachers.create_teacher("Anna"))
    assert client.send(teachers.rename_teacher(anna.id, "Anna Verdi")).name == "Anna Verdi"
    client.send(requests.create_student("Ada", "ada@example.org"))
    async with AsyncClient(live.url, teacher_id=anna.id) as for_anna:
        hers = await for_anna.send(requests.create_student("Ada", "ada@example.org"))
        assert await for_anna.send(requests.list_students()) == [hers]
    with Client(live.url, teacher_id=anna.id) as for_anna_too:
        assert for_anna_too.send(requests.list_students()) == [hers]
        assert len(client.send(requests.list_students())) == 2
        with pytest.raises(Refused, match="delete them first"):
            client.send(teachers.delete_teacher(anna.id))
        for_anna_too.send(requests.delete_student(hers.id))
    client.send(teachers.delete_teacher(anna.id))
    assert [each.id for each in client.send(teachers.list_teachers())] == [1]


def test_an_assignment_is_followed_until_it_is_final(client: Client, written: Assignment) -> None:
    assert written.status is AssignmentStatus.COMPLETED
    assert written.progress.by_generator.of(GeneratorKind.VLLM) == 1
    assert client.send(requests.get_assignment(written.id)) == written
    assert client.send(requests.list_assignments()) == [written]


def test_a_class_is_made_filled_and_given_homework(client: Client) -> None:
    ids = [client.send(requests.create_student(name, f"{name}@example.org")).id for name in "abc"]
    made = client.send(classes.create_class("2B"))
    assert client.send(classes.change_members(made.id, add=ids)).size == 3
    client.send(classes.change_members(made.id, remove=ids[:1]))
    client.send(classes.rename_class(made.id, "3B"))
    found = client.send(classes.get_class(made.id))
    assert (found.name, found.size, [each.id for each in found.students]) == ("3B", 2, ids[1:])
    new = NewAssignment(cefr_level=CefrLevel.A2, class_id=made.id)
    assigned = client.send(requests.create_assignment(new, "monday"))
    assert (assigned.class_id, assigned.student_ids) == (made.id, ids[1:])
    client.send(classes.delete_class(made.id))
    assert client.send(classes.list_classes()) == []
    assert client.send(requests.get_assignment(assigned.id)).class_id is None


def test_homework_has_a_deadline_for_generators_and_a_due_date_for_students(client: Client) -> None:
    student = client.send(requests.create_student("Ada", "ada@example.org"))
    now = datetime.now(UTC)
    ready, due = now + timedelta(hours=1), now + timedelta(days=1)
    new = wanted(student.id) | NewAssignment(
        cefr_level="A2", ready_by=ready, due_at=due.isoformat(), late_work=LateWork.REFUSE
    )
    made = client.send(requests.create_assignment(new, "monday"))
    assert (made.deadline_at, made.due_at, made.late_work) == (ready, due, LateWork.REFUSE)
    [homework] = client.send(requests.list_homework(student.id)).homework
    assert (homework.due_at, homework.late_work, homework.late) == (due, LateWork.REFUSE, False)
    later = client.send(requests.change_due_date(made.id, {"due_at": due + timedelta(days=1)}))
    assert (later.due_at, later.late_work) == (due + timedelta(days=1), LateWork.REFUSE)


def test_the_same_idempotency_key_creates_one_assignment(client: Client) -> None:
    student = client.send(requests.create_student("Ada", "ada@example.org"))
    request = requests.create_assignment(wanted(student.id), "monday")
    first, second = client.fetch(request), client.fetch(request)
    assert first.value.id == second.value.id
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_homework_is_started_answered_submitted_and_graded(client: Client, written: Assignment) -> None:
    [student] = written.student_ids
    listed = client.send(requests.list_homework(student, HomeworkStatus.AVAILABLE))
    [homework] = listed.homework
    own = (student, homework.id)
    assert client.send(requests.start_homework(*own)).status is HomeworkStatus.IN_PROGRESS
    answers = [exercise.correct_answer for exercise in homework.exercises]
    assert client.send(requests.save_answers(*own, answers)).answers == answers
    assert client.send(requests.get_homework(*own)).answers == answers
    graded = client.send(requests.submit_homework(*own, [answers[0], None]))
    assert [each.correct for each in graded.exercises] == [True, False]
    assert client.send(requests.get_submission(*own)) == graded
    results = client.send(requests.get_class_results(written.id))
    assert (results.summary.submitted, results.students[0].score) == (1, graded.score)
    assert client.send(requests.list_homework(student, HomeworkStatus.PENDING)).total == 0


@pytest.mark.parametrize("format_", list(ExportFormat))
def test_an_export_is_a_file_with_a_name(client: Client, written: Assignment, format_: ExportFormat) -> None:
    file = client.send(requests.export_assignment(written.id, format_, written.student_ids[0]))
    assert file.name is not None
    assert file.name.startswith(f"assignment-{written.id}-student-")
    assert file.content
    assert "/" in file.media_type


def test_the_class_table_comes_as_csv_too(client: Client, written: Assignment) -> None:
    file = client.send(requests.get_class_results_as_csv(written.id))
    assert (file.name, file.media_type) == (f"assignment-{written.id}-results.csv", "text/csv; charset=utf-8")
    assert b"Ada" in file.content


def test_the_class_table_comes_as_a_workbook_too(client: Client, written: Assignment) -> None:
    file = client.send(requests.get_class_results_as_xlsx(written.id))
    assert (file.name, file.media_type) == (f"assignment-{written.id}-results.xlsx", requests.XLSX)


def test_a_retry_with_nothing_to_do_is_refused_and_an_assignment_can_be_deleted(
    client: Client, written: Assignment
) -> None:
    with pytest.raises(Refused, match="Nothing to retry"):
        client.send(requests.retry_assignment(written.id))
    client.send(requests.delete_assignment(written.id))
    with pytest.raises(Refused, match="Assignment not found") as caught:
        client.send(requests.get_assignment(written.id))
    assert caught.value.status_code == 404


def test_operators_see_the_health_of_each_part_and_each_job(client: Client, written: Assignment) -> None:
    assert client.send(requests.health()).status == "healthy"
    assert client.send(requests.ready()).status is ReadyStatus.READY
    overview = client.send(requests.get_overview(), seconds=5)
    assert overview.mode in set(Mode)
    assert overview.homework.by_status[HomeworkStatus.AVAILABLE] == 1
    jobs = client.send(requests.list_jobs(generator=GeneratorKind.VLLM, assignment_id=written.id, limit=1))
    assert [job.assignment_id for job in jobs.jobs] == [written.id]
    assert client.send(requests.list_jobs(status="failed", generator="", assignment_id="")).total == 0
    assert client.send(requests.get_latency()).hour.count == 1


def test_dead_letters_are_listed_and_settled(live: Live, client: Client) -> None:
    live.bury(Envelope("Novel", "1", b"{}"))
    [letter] = client.send(dead_letters.list_dead_letters(limit=5)).letters
    assert client.send(dead_letters.get_dead_letter(letter.id)).body == "{}"
    for again in (dead_letters.replay_dead_letter, dead_letters.send_dead_letter_to_mock):
        with pytest.raises(Refused, match="DELETE drops it"):
            client.send(again(letter.id))
    client.send(dead_letters.drop_dead_letter(letter.id))
    assert client.send(dead_letters.list_dead_letters()).total == 0


def test_once_a_key_exists_requests_without_one_are_refused(live: Live, client: Client) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    made = client.send(requests.create_api_key("office", [Scope.OPS], expires_at=until))
    with pytest.raises(Unauthorized):
        client.send(requests.list_api_keys())
    with Client(live.url, made.key) as office:
        [known] = office.send(requests.list_api_keys())
        assert (known.id, known.rights, known.expires_at) == (made.id, [Scope.OPS], until)
        with pytest.raises(Unauthorized):
            office.send(requests.list_students())
        office.send(requests.revoke_api_key(made.id))
        with pytest.raises(Unauthorized):
            office.send(requests.list_api_keys())


def test_each_refused_field_has_the_message_of_the_api(client: Client) -> None:
    body = NewAssignment(cefr_level="Z9", student_ids=[], quantity="many")
    with pytest.raises(Misused) as caught:
        client.send(requests.create_assignment(body, "k"))
    assert set(caught.value.fields) == {"cefr_level", "student_ids", "quantity"}


async def test_the_asynchronous_client_reads_streams_and_refuses_as_the_blocking_one(live: Live) -> None:
    async with AsyncClient(live.url) as client:
        student = await client.send(requests.create_student("Ada", "ada@example.org"))
        reply = await client.fetch(requests.create_assignment(wanted(student.id), "k"))
        assert reply.value == Assignment.model_validate_json(reply.text)
        async with aclosing(client.stream(requests.follow_assignment(reply.value.id))) as states:
            seen = [state.value.status async for state in states]
        assert seen[-1] is AssignmentStatus.COMPLETED
        with pytest.raises(Refused, match="Assignment not found"):
            async for _ in client.stream(requests.follow_assignment(99)):
                pass


def test_a_stream_of_an_assignment_that_does_not_exist_is_refused(client: Client) -> None:
    with pytest.raises(Refused, match="Assignment not found"):
        list(client.stream(requests.follow_assignment(99)))
