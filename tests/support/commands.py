"""Runs `homework` in this process, with a service that listens on a socket."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from homework_cli.main import app


class Homework:
    """Runs commands in this process. The environment names the API, and contains nothing of this machine."""

    def __init__(self, url: str, **environment: str | None) -> None:
        self._environment = {
            "HOMEWORK_API_URL": url,
            "COLUMNS": "200",
            "HOMEWORK_API_KEY": None,
            "HOMEWORK_TEACHER_ID": None,
        } | environment

    def wide(self) -> "Homework":
        """The same commands in a terminal so wide that no table cell is wrapped."""
        wide = Homework("")
        wide._environment = self._environment | {"COLUMNS": "5000"}
        return wide

    def __call__(self, *arguments: object, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments], input=typed, env=self._environment)

    def done(self, *arguments: object, typed: str | None = None) -> str:
        """The standard output of a command that must succeed."""
        result = self(*arguments, typed=typed)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: object) -> Any:
        return json.loads(self.done(*arguments, "--json"))


def own_homework(homework: Homework, student: int) -> int:
    """The id of a student's only homework."""
    [only] = homework.json("student", "list", student)["homework"]
    return int(only["id"])
