"""A PDF to print: a worksheet for each student to write on, then the answer key on separate pages."""

from homework_api.export.handout import Handout, Task, Worksheet
from homework_api.export.paper import LINE_TO_WRITE_ON, SMALL, STRONG, SUBTITLE, TITLE, Paper, Part
from homework_shared.exercises.exercise import BLANK, ExerciseType

_LONG_BLANK = "_" * 14
_LETTERS = "ABCD"
_LONG_SENTENCE = 80
_INSTRUCTIONS = {
    ExerciseType.FILL_IN_BLANK: "fill in the gaps",
    ExerciseType.TRANSLATION: "translate into Italian",
    ExerciseType.MULTIPLE_CHOICE: "choose the right option",
}


def render(handout: Handout) -> bytes:
    foot = f"Assignment {handout.assignment_id} · {handout.level}"
    paper = Paper(handout.title, foot, handout.created_at)
    for sheet in handout.worksheets:
        _add_worksheet(paper, handout, sheet)
    _add_key(paper, handout)
    return bytes(paper.output())


def _add_worksheet(paper: Paper, handout: Handout, sheet: Worksheet) -> None:
    paper.begin(sheet.student)
    subtitle = " · ".join((handout.level, *handout.subjects, _date(handout)))
    heading = [Part(sheet.student, TITLE), Part(subtitle, SUBTITLE), Part(_instruction(sheet), SUBTITLE)]
    paper.put(heading, space=8)
    for number, task in enumerate(sheet.tasks, 1):
        paper.put(_exercise(number, task), space=5)


def _exercise(number: int, task: Task) -> list[Part]:
    question = Part(task.question.replace(BLANK, _LONG_BLANK), label=f"{number}.", depth=1)
    options = [
        Part(option, label=letter, depth=2) for letter, option in zip(_LETTERS, task.options, strict=False)
    ]
    lines = 0
    if task.type is ExerciseType.TRANSLATION:
        lines = 1 + len(task.question) // _LONG_SENTENCE
    return [question, *options, *[LINE_TO_WRITE_ON] * lines]


def _add_key(paper: Paper, handout: Handout) -> None:
    paper.begin("Answer key")
    heading = [Part("Answer key", TITLE), Part(f"{handout.title} · {_date(handout)}", SUBTITLE)]
    if handout.unwritten:
        missing = ", ".join(handout.unwritten)
        heading.append(Part(f"Not written yet when this was made, so without a worksheet: {missing}", SMALL))
    paper.put(heading, space=8)
    for sheet in handout.worksheets:
        answers = [_answer(number, task) for number, task in enumerate(sheet.tasks, 1)]
        # The name goes with the first answer, so that it never ends a page alone.
        first, *others = answers or [[]]
        paper.put([Part(sheet.student, STRONG), *first], space=1)
        for answer in others:
            paper.put(answer, space=1)
        paper.ln(4)


def _answer(number: int, task: Task) -> list[Part]:
    # Whole sentences stand below the first one, in small letters.
    is_sentence = task.type is ExerciseType.TRANSLATION
    beside, below = ((), task.accepted) if is_sentence else (task.accepted, ())
    answers = " / ".join(_lettered(task, answer) for answer in (task.answer, *beside))
    notes = (f"or: {' / '.join(below)}" if below else "", task.explanation)
    return [
        Part(answers, label=f"{number}.", depth=1),
        *(Part(note, SMALL, depth=1) for note in notes if note),
    ]


def _lettered(task: Task, answer: str) -> str:
    return f"{_LETTERS[task.options.index(answer)]}  {answer}" if answer in task.options else answer


def _instruction(sheet: Worksheet) -> str:
    asked = {task.type for task in sheet.tasks}
    sentence = ", ".join(text for type_, text in _INSTRUCTIONS.items() if type_ in asked)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _date(handout: Handout) -> str:
    return f"{handout.created_at.day} {handout.created_at:%B %Y}"
