"""`homework dead`, `keys`, `teachers` and `audit` on a running service."""

import json

from tests.support.api.live import Live
from tests.support.commands import Homework

from homework_shared.messaging.transport import Envelope


def test_dead_letters_are_listed_shown_sent_to_the_mock_and_dropped(live_alone: Live) -> None:
    homework = Homework(live_alone.url)
    assert homework("dead", "list").stderr.strip() == "nothing is dead"
    live_alone.bury(Envelope("Novel", "1", b'{"a": "[bold]"}'), Envelope("Other", "2", b"\x1b[2J"))
    newest, oldest = (letter["id"] for letter in homework.json("dead", "list")["letters"])
    table = Homework(live_alone.url, COLUMNS="80").done("dead", "list")
    # The id is not wrapped, because people copy it.
    assert newest in table
    table = homework.done("dead", "list")
    assert "generation.fallback" in table
    assert "and 1 more" in homework("dead", "list", "--limit", 1).stderr
    assert '"a": "[bold]"' in homework.done("dead", "show", oldest)
    assert "\x1b" not in homework.done("dead", "show", newest)
    for action in ("replay", "to-mock"):
        refused = homework("dead", action, newest)
        assert (refused.exit_code, "DELETE drops it" in refused.stderr) == (1, True)
    assert homework("dead", "drop", newest, typed="n\n").exit_code == 1
    dropped = homework.done("dead", "drop", newest, oldest, "--yes", "--json").splitlines()
    assert [json.loads(line) for line in dropped] == [
        {"id": each, "dropped": True} for each in (newest, oldest)
    ]
    assert homework.json("dead", "list") == {"letters": [], "total": 0}
    gone = homework("dead", "show", newest)
    assert (gone.exit_code, "No dead letter has this id" in gone.stderr) == (1, True)


def test_keys_are_made_used_listed_and_revoked(live_alone: Live) -> None:
    nobody = Homework(live_alone.url)
    assert "requests need none" in nobody("keys", "list").stderr
    refused = nobody("keys", "create", "tablet", "--right", "teacher")
    assert (refused.exit_code, "first key needs the right `ops`" in refused.stderr) == (1, True)
    key = nobody.done(
        "keys", "create", "office", "--right", "ops", "--right", "teacher", "--expires-days", "90"
    ).strip()
    locked = nobody("keys", "list")
    assert (locked.exit_code, "set HOMEWORK_API_KEY" in locked.stderr) == (1, True)
    office = Homework(live_alone.url, HOMEWORK_API_KEY=key)
    second = office.json("keys", "create", "tablet", "--right", "teacher")
    assert "tablet" in office.done("keys", "list")
    assert key not in office.done("keys", "list")
    assert office("keys", "revoke", second["id"]).exit_code == 0
    assert "revoked 20" in office.done("keys", "list")
    tablet = Homework(live_alone.url, HOMEWORK_API_KEY=second["key"])
    assert tablet("teacher", "students", "list").exit_code == 1
    assert office("keys", "create", "nothing").exit_code == 2
    assert office("keys", "revoke", "none").exit_code == 1


def test_teachers_are_added_given_keys_and_removed(live_alone: Live) -> None:
    nobody = Homework(live_alone.url)
    assert nobody.done("teachers", "add", "Anna") == "2\n"
    assert nobody("teachers", "add", "ANNA").exit_code == 1
    key = nobody.done("keys", "create", "office", "--right", "ops", "--right", "teacher").strip()
    office = Homework(live_alone.url, HOMEWORK_API_KEY=key)
    annas = office.json("keys", "create", "Anna", "--right", "teacher", "--teacher", "anna")
    assert annas["teacher_id"] == 2
    unknown = office("keys", "create", "x", "--right", "teacher", "--teacher", "Bea")
    assert (unknown.exit_code, "`homework teachers list`" in unknown.stderr) == (1, True)

    anna = Homework(live_alone.url, HOMEWORK_API_KEY=annas["key"])
    anna.done("teacher", "students", "add", "Ada", "ada@example.org")
    for teacher, seen in (("1", 0), ("2", 1), (None, 1)):
        asked = Homework(live_alone.url, HOMEWORK_API_KEY=key, HOMEWORK_TEACHER_ID=teacher)
        assert len(asked.json("teacher", "students", "list")) == seen
    wrong = Homework(live_alone.url, HOMEWORK_API_KEY=annas["key"], HOMEWORK_TEACHER_ID="1")
    assert "Teacher not found" in wrong("teacher", "students", "list").stderr

    no_id = Homework(live_alone.url, HOMEWORK_TEACHER_ID="Anna")("teacher", "students", "list")
    assert (no_id.exit_code, "`homework teachers list`" in no_id.stderr) == (2, True)

    refused = office("teachers", "remove", "2", "--yes")
    assert (refused.exit_code, "delete them first" in refused.stderr) == (1, True)
    anna.done("teacher", "students", "remove", "1", "--yes")
    assert "teacher 2 is Anna Verdi now" in office("teachers", "rename", "Anna", "Anna Verdi").stderr
    assert "Anna Verdi" in office.done("teachers", "list")
    assert office("teachers", "remove", "anna verdi", typed="n\n").exit_code == 1
    assert office.json("teachers", "remove", "anna verdi", "--yes") == {"id": 2, "deleted": True}
    assert anna("teacher", "students", "list").exit_code == 1


def test_the_audit_log_is_listed(homework: Homework, pupils: list[int]) -> None:
    assert "there are none yet" in homework("audit").stderr
    homework.done("teacher", "students", "remove", pupils[0], "--yes")
    [entry] = homework.json("audit")
    assert (entry["action"], entry["thing"]) == ("student_deleted", str(pupils[0]))
    shown = homework.wide().done("audit", "--limit", 5)
    assert "student deleted" in shown
    assert f"student {pupils[0]}" in shown
    assert "a user of the service's machine" in shown
