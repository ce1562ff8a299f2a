"""The generator that `homework up --engine` runs beside the other services."""

import time
from collections.abc import Mapping
from pathlib import Path

from homework_cli.stack.engine import Engine
from homework_cli.stack.model_servers import Answer, ask
from homework_cli.stack.processes import Child
from homework_shared.runtime.terminal import sanitize

_NAME = "homework-generator: "
_EXIT_SETTINGS = 2
_EXIT_CANNOT_START = 3
_LOOK_EVERY_SECONDS = 5.0
_ASK_SECONDS = 1.0


class GeneratorChild(Child):
    """The generator's process. If it cannot start, it prints why and exits. That is reported once, and the
    mock generator continues.

    It is restarted when the server answers differently than at the last start: because it is up now, or has
    the model. It is not restarted after a certain time, because a try may take minutes, and costs money on a
    paid server. With wrong settings it is not restarted, because they cannot change while we run.
    """

    def __init__(self, engine: Engine, environment: Mapping[str, str], logs: Path) -> None:
        super().__init__("generator", ["homework_generator"], {**environment, **engine.environment()}, logs)
        self._url = engine.url
        self._answer_at_start = Answer()
        self._looked_at = 0.0
        self._has_told = False

    def start(self) -> None:
        self._has_told = False
        self._answer_at_start = ask(self._url, _ASK_SECONDS)
        super().start()

    def revive(self) -> str | None:
        """As in `Child`, except that a generator that could not start waits until its server answers
        differently.
        """
        if self.exit_code not in {_EXIT_SETTINGS, _EXIT_CANNOT_START}:
            return super().revive()
        if not self._has_told:
            self._has_told = True
            return self._what_to_do()
        if self.exit_code == _EXIT_SETTINGS or not self._answers_differently():
            return None
        self.start()
        return f"the server at {self._url} answers differently now, so the generator was started again"

    def _what_to_do(self) -> str:
        _, found, sentence = self.tail().rpartition(_NAME)
        told = sanitize(" ".join(sentence.split())) if found else "its log says why"
        again = "" if self.exit_code == _EXIT_SETTINGS else (
            f"It is started again by itself once the server at {self._url} answers differently. "
        )  # fmt: skip
        return (
            f"the generator cannot start: {told}\n"
            f"Until it does, the mock writes the homework. {again}After a change of settings or of the key, "
            f"stop with Ctrl-C and start again. Its log is {self.log}"
        )

    def _answers_differently(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_SECONDS:
            return False
        self._looked_at = now
        answer = ask(self._url, _ASK_SECONDS)
        # A busy server has not changed, and a try may cost money.
        return answer != self._answer_at_start and not answer.is_late
