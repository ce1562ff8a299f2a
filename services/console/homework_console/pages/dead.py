"""Dead letters: messages that could not be processed. The broker counts each look, so nothing polls them."""

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui

from homework_client import dead_letters
from homework_client.client import AsyncClient
from homework_client.models import DeadLetter, DeadLetterDetail
from homework_client.refusals import ApiError
from homework_console.client import in_sentences
from homework_console.widgets import UNKNOWN, Cell, Moment, Notice, Table, block, button, section, words

Act = Callable[[DeadLetter], Awaitable[None]]


async def dead_page(api: AsyncClient) -> None:
    await DeadLetterList(api).read()


class DeadLetterList:
    def __init__(self, api: AsyncClient) -> None:
        self._api = api
        with block("div", "card stack"):
            words(
                "p",
                "These are jobs that even the mock generator rejected, and results that could not be read or "
                "stored. Replay sends a letter to its queue again: before its deadline, a job goes to a GPU. "
                "Replaying it twice does no harm.",
            )
            with block("div", "actions"):
                button("Refresh", self.read, "primary")
                self._counted = words("span", "", "muted")
        self._notice = Notice()
        with section("Letters, the latest death first"):
            self._table = Table(
                "Dead letters",
                ("Letter", "Reason", "Deaths", "Last death", "Begins with", "Action"),
                "No dead letters. There is nothing to do here.",
            )

    async def read(self) -> None:
        """Read the list once."""
        try:
            found = await self._api.send(dead_letters.list_dead_letters())
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        self._counted.text = f"{len(found.letters)} of {found.total} shown"
        self._table.show(found.letters, self._cells)

    def _cells(self, letter: DeadLetter) -> list[Cell]:
        copies = f"{letter.deaths}, {letter.copies} copies" if letter.copies > 1 else str(letter.deaths)
        return [
            lambda: (words("span", letter.type), words("code", letter.id, "since")),
            lambda: (words("span", letter.reason or UNKNOWN), words("code", letter.queue or "", "since")),
            copies,
            lambda: Moment(letter.last_death_at),
            lambda: words("code", letter.preview[:80]),
            lambda: self._actions(letter),
        ]

    def _actions(self, letter: DeadLetter) -> None:
        acts: dict[str, tuple[Act, str]] = {
            "Show": (self._show, ""),
            "Replay": (self._replay, ""),
            "Send to mock": (self._to_mock, ""),
            "Delete": (self._ask_to_drop, "danger"),
        }
        with block("div", "actions"):
            for text, (act, kind) in acts.items():
                made = button(text, partial(act, letter), kind).props("dense padding='xs sm'")
                made.props["aria-label"] = f"{text} letter {letter.id}"

    async def _show(self, letter: DeadLetter) -> None:
        try:
            detail = await self._api.send(dead_letters.get_dead_letter(letter.id))
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        _show_detail(detail)

    async def _replay(self, letter: DeadLetter) -> None:
        async def replay() -> str:
            sent = await self._api.send(dead_letters.replay_dead_letter(letter.id))
            return f"Letter {letter.id} was sent to {sent.sent_to}."

        await self._do(replay)

    async def _to_mock(self, letter: DeadLetter) -> None:
        async def send() -> str:
            sent = await self._api.send(dead_letters.send_dead_letter_to_mock(letter.id))
            return f"Letter {letter.id} was sent to {sent.sent_to}."

        await self._do(send)

    async def _ask_to_drop(self, letter: DeadLetter) -> None:
        with ui.dialog() as dialog, ui.card().classes("stack"):
            title = words("h2", f"Delete letter {letter.id} permanently?")
            words("p", "It cannot be restored. Homework that is still open is requested again all the same.")
            with block("div", "actions"):
                button("Keep it", partial(dialog.submit, False), "primary")
                button("Delete it", partial(dialog.submit, True), "danger")
        dialog.props["aria-label"] = title.text
        is_sure = await dialog
        dialog.delete()
        if is_sure:
            await self._do(partial(self._drop, letter))

    async def _drop(self, letter: DeadLetter) -> str:
        await self._api.send(dead_letters.drop_dead_letter(letter.id))
        return f"Letter {letter.id} was deleted."

    async def _do(self, act: Callable[[], Awaitable[str]]) -> None:
        try:
            self._notice.done(await act())
        except ApiError as error:
            self._notice.problem(in_sentences(error))
        await self.read()


def _show_detail(detail: DeadLetterDetail) -> None:
    with ui.dialog() as dialog, ui.card().classes("stack"):
        title = words("h2", f"Letter {detail.id}")
        words("p", f"{detail.type}, {detail.size} bytes, job {detail.job_id or UNKNOWN}")
        words("h3", "Deaths, the latest first")
        with block("ul"):
            for death in detail.history:
                with block("li"):
                    words("span", f"{death.queue}: {death.reason}, {death.count} × ")
                    Moment(death.at)
        words("h3", "Body")
        words("pre", detail.body)
        button("Close", dialog.close, "primary")
    dialog.props["aria-label"] = title.text
    dialog.on("hide", dialog.delete)
    dialog.open()
