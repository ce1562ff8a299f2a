"""The data that is stored about one student, as a PDF to read on paper."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from homework_api.export.paper import SMALL, STRONG, SUBTITLE, TITLE, Paper, Part
from homework_api.export.student_file import KeptAccess, KeptDecision, KeptExercise, KeptHomework, StudentFile


def render(file: StudentFile, zone: tzinfo | None) -> bytes:
    """The PDF. Times are in `zone`; None means this machine's zone."""
    made = file.exported_at.astimezone(zone)
    paper = Paper(f"What is kept about {file.name}", f"Student {file.student_id}", made)
    _add_student(paper, file, zone)
    for homework in file.homework:
        _add_homework(paper, homework, zone)
    if file.decisions:
        paper.begin("Decisions")
        paper.put([Part("What was decided about these answers", TITLE)], space=6)
        for decision in file.decisions:
            paper.put(_decision(decision, zone), space=4)
    return bytes(paper.output())


def _add_student(paper: Paper, file: StudentFile, zone: tzinfo | None) -> None:
    paper.begin(file.name)
    said = f"All that is kept about this student on {_moment(file.exported_at, zone)}"
    paper.put([Part(file.name, TITLE), Part(said, SUBTITLE)], space=6)
    facts = (
        ("E-mail address", file.email or "none"),
        ("Added", _moment(file.created_at, zone)),
        ("Teacher", file.teacher),
        ("Classes", ", ".join(file.classes) or "none"),
        ("Homework", str(len(file.homework))),
    )
    for name, value in facts:
        paper.put([Part(f"{name}: {value}")], space=0)
    paper.ln(6)
    ways = [Part(_access(one, zone), depth=1) for one in file.access]
    paper.put([Part("Ways to sign in", STRONG), *(ways or [Part("none", depth=1)])], space=6)


def _add_homework(paper: Paper, homework: KeptHomework, zone: tzinfo | None) -> None:
    paper.begin(f"Homework {homework.id}")
    about = (homework.cefr_level, homework.grammar_focus, homework.topic)
    title = " · ".join((f"Homework {homework.id}", *(part for part in about if part)))
    facts = [Part(line, SMALL) for line in _facts(homework, zone)]
    paper.put([Part(title, TITLE), *facts], space=6)
    for number, exercise in enumerate(homework.exercises, 1):
        paper.put(_exercise(number, exercise), space=4)


def _facts(homework: KeptHomework, zone: tzinfo | None) -> Iterator[str]:
    score = "" if homework.score is None else f", score {homework.score} of 100"
    yield f"Status: {homework.status}{score}"
    moments = (
        ("assigned", homework.created_at),
        ("written", homework.available_at),
        ("changed by a teacher", homework.edited_at),
        ("due", homework.due_at),
        ("sent", homework.completed_at),
    )
    yield " · ".join(f"{name} {_moment(moment, zone)}" for name, moment in moments if moment)
    if homework.generated_by:
        yield f"Written by: {homework.generated_by} ({homework.model or 'unnamed model'})"


def _exercise(number: int, exercise: KeptExercise) -> list[Part]:
    options = [Part(option, label="–", depth=2) for option in exercise.options]
    right = " / ".join((exercise.correct_answer, *exercise.accepted_answers))
    lines = [f"Answer: {exercise.given or '(none)'}", f"Right: {right}", exercise.explanation]
    if exercise.verdict is not None:
        whose = " (decided by the teacher)" if exercise.by_teacher else ""
        lines.insert(1, f"Grade: {exercise.verdict}{whose}. {exercise.feedback or ''}")
    return [
        Part(exercise.question, label=f"{number}.", depth=1),
        *options,
        *(Part(line, SMALL, depth=1) for line in lines if line),
    ]


def _decision(decision: KeptDecision, zone: tzinfo | None) -> list[Part]:
    whom = "for the whole class" if decision.homework_id is None else f"for homework {decision.homework_id}"
    verdict = "right" if decision.right else "wrong"
    by = f" by {decision.decided_by}" if decision.decided_by else ""
    told = f"decided {_moment(decision.decided_at, zone)}{by}, {whom}"
    if decision.withdrawn_at:
        told += f"; taken back {_moment(decision.withdrawn_at, zone)}"
    return [
        Part(f"“{decision.answer}” is {verdict}", STRONG),
        Part(f"{decision.question} ({told})", SMALL, depth=1),
    ]


def _access(one: KeptAccess, zone: tzinfo | None) -> str:
    moments = (("until", one.expires_at), ("used", one.last_used_at), ("revoked", one.revoked_at))
    named = f"{one.kind} {one.name}" if one.name else one.kind
    told = [f"{named}: made {_moment(one.created_at, zone)}"]
    return ", ".join(told + [f"{name} {_moment(moment, zone)}" for name, moment in moments if moment])


def _moment(moment: datetime, zone: tzinfo | None) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M}"
