"""The form for a teacher's own key, while the API asks for keys. The console's own is an operator's."""

from nicegui import ui

from homework_client import requests
from homework_client.refusals import ApiError
from homework_console.client import TeacherApi, in_sentences
from homework_console.widgets import Notice, block, button, section, words


class KeyForm:
    def __init__(self, api: TeacherApi) -> None:
        self._api = api
        with section("Your API key", "card stack"):
            words(
                "p",
                "Students and their homework are shown to whoever has a key with the right teacher. "
                "The console keeps yours in its memory until you sign out, and writes it nowhere.",
            )
            words("p", "An operator makes one for you: homework keys create NAME --right teacher", "muted")
            self._key = ui.input("Key").props("type=password autocomplete=off spellcheck=false")
            self._key.on("keydown.enter", self._use)
            with block("div", "actions"):
                button("Use this key", self._use, "primary")
            self._notice = Notice()

    async def _use(self) -> None:
        try:
            self._api.use(self._key.value or "")
            await self._api.send(requests.list_assignments(1))
        except ApiError as error:
            self._api.forget_key()
            self._notice.problem(in_sentences(error))
            return
        self._key.value = ""
        ui.navigate.reload()
