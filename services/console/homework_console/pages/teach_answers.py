"""What a class wrote, one exercise at a time, and the teacher's word about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from homework_client import requests
from homework_client.models import (
    AnswerVerdict,
    ClassResults,
    DecisionMade,
    DecisionScope,
    ExerciseResult,
    GivenAnswer,
    QuestionResult,
)
from homework_client.refusals import ApiError
from homework_client.request import Request
from homework_console.client import TeacherApi, in_sentences
from homework_console.pages.teach_homework import TASKS, VERDICTS
from homework_console.widgets import UNKNOWN, Cell, Choice, Notice, Table, block, button, section, words

MOST = 200
WHOLE_CLASS = "class"
COLUMNS = ("Question", "Right", "Answer", "Verdict", "Students", "Your word")
_WRONG_FIRST = (AnswerVerdict.WRONG, AnswerVerdict.ALMOST, AnswerVerdict.CORRECT)


@dataclass(frozen=True, slots=True)
class Row:
    """One answer to one question. `names` has the student of each homework that it is in."""

    assignment_id: int
    index: int
    question: QuestionResult
    given: GivenAnswer
    names: dict[int, str]


async def _nothing() -> None:
    """Nothing else changes, until the page says what does."""


class AnswersView:
    def __init__(self, api: TeacherApi) -> None:
        self._api = api
        self.on_decided: Callable[[], Awaitable[None]] = _nothing
        self._assignment_id = 0
        self._index = 1
        self._places: list[str] = []
        with section("What the class wrote", "card stack") as self._card:
            self._title = words("h3", "")
            self._title.props["tabindex"] = "-1"
            self._notice = Notice()
            self._choice = block("div")
            self._table = Table("Answers", COLUMNS, "Nobody has sent answers yet.")
            self._more = words("p", "", "muted")
        self._card.set_visibility(False)

    async def open(self, assignment_id: int) -> None:
        """Show what the class wrote in this assignment, and move the focus there."""
        self._assignment_id, self._index, self._places = assignment_id, 1, []
        self._title.text = f"Assignment {assignment_id}"
        self._notice.clear()
        self._card.set_visibility(True)
        await self._read()
        self._focus()

    def close(self) -> None:
        self._card.set_visibility(False)

    async def read_again(self) -> None:
        """Read the answers again, if they are shown."""
        if self._card.visible:
            await self._read()

    async def _read(self) -> None:
        try:
            results = await self._api.send(requests.get_class_results(self._assignment_id, answers=True))
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        self._draw_choice(results.exercises)
        rows = _rows(results, self._index)
        self._table.show(rows[:MOST], self._cells)
        left = len(rows) - MOST
        command = f"homework teacher results {self._assignment_id} --answers"
        self._more.text = f"{left} more: {command} lists them all" if left > 0 else ""

    def _draw_choice(self, exercises: Sequence[ExerciseResult]) -> None:
        places = [_place(each) for each in exercises]
        if places == self._places:
            return
        self._places = places
        self._choice.clear()
        with self._choice:
            options = {str(number): text for number, text in enumerate(places, 1)}
            Choice("Exercise", options, self._choose, str(self._index))

    async def _choose(self, index: str) -> None:
        self._index = int(index)
        self._notice.clear()
        await self._read()

    def _cells(self, row: Row) -> list[Cell]:
        given, question = row.given, row.question
        return [
            question.question,
            " / ".join([question.expected, *question.accepted_answers]),
            given.answer or UNKNOWN,
            VERDICTS[given.verdict],
            ", ".join(row.names.values()),
            partial(self._draw_word, row),
        ]

    def _draw_word(self, row: Row) -> None:
        given = row.given
        if given.answer is None:
            words("span", UNKNOWN)
            return
        with block("div", "actions"):
            if given.decision_id is not None:
                back = requests.withdraw_decision(row.assignment_id, given.decision_id)
                self._draw_button("Take back", row, partial(self._send, back))
                return
            whom = Choice("For", {WHOLE_CLASS: "the whole class"} | _students(row), _ignore, WHOLE_CLASS)
            for text, right in _words_about(given.verdict).items():
                self._draw_button(text, row, partial(self._decide, row, right, whom))

    def _draw_button(self, text: str, row: Row, act: Callable[[], Awaitable[None]]) -> None:
        made = button(text, act).props("dense padding='xs sm'")
        made.props["aria-label"] = f"{text}: {row.given.answer}"

    async def _decide(self, row: Row, right: bool, whom: Choice) -> None:
        await self._send(_decision(row, right, whom.value))

    async def _send(self, request: Request[DecisionMade]) -> None:
        try:
            made = await self._api.send(request)
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        await self._read()
        await self.on_decided()
        self._notice.done(_outcome(made))
        self._focus()

    def _focus(self) -> None:
        # Of the page and not of the button that was pressed: that is gone once the table is drawn again.
        self._title.client.run_javascript(f"getHtmlElement({self._title.id}).focus()")


async def _ignore(_value: str) -> None:
    """The choice is read when the button beside it is pressed."""


def _place(exercise: ExerciseResult) -> str:
    return f"{exercise.index}: {TASKS[exercise.type].lower()}, missed by {exercise.missed}"


def _rows(results: ClassResults, index: int) -> list[Row]:
    """The answers to the exercise of this index, what is wrong first."""
    names = {each.homework_id: each.name for each in results.students}
    questions = next((each.questions for each in results.exercises if each.index == index), None)
    rows = [
        Row(results.assignment_id, index, question, given, {id_: names[id_] for id_ in given.homework_ids})
        for question in questions or ()
        for given in question.answers
    ]
    return sorted(rows, key=lambda row: _WRONG_FIRST.index(row.given.verdict))


def _words_about(verdict: AnswerVerdict) -> dict[str, bool]:
    """What a teacher may say against the rules."""
    says = {"This is right too": True, "This is wrong": False}
    agreed = {AnswerVerdict.CORRECT: True, AnswerVerdict.WRONG: False}.get(verdict)
    return {text: right for text, right in says.items() if right is not agreed}


def _students(row: Row) -> dict[str, str]:
    return {str(id_): f"{name} alone" for id_, name in row.names.items()}


def _decision(row: Row, right: bool, whom: str) -> Request[DecisionMade]:
    is_for_one = whom != WHOLE_CLASS
    return requests.decide_about_answer(
        row.assignment_id,
        int(whom) if is_for_one else row.given.homework_ids[0],
        row.index,
        right=right,
        scope=DecisionScope.STUDENT if is_for_one else DecisionScope.CLASS,
    )


def _outcome(made: DecisionMade) -> str:
    count = len(made.regraded)
    changed = f"{count or 'no'} verdict{' has' if count < 2 else 's have'} changed"
    if made.withdrawn_at:
        return f"Taken back: “{made.answer}”. {changed.capitalize()}."
    whom = "the whole class" if made.scope is DecisionScope.CLASS else "one student"
    return f"“{made.answer}” is {'right' if made.right else 'wrong'} for {whom}: {changed}."
