"""A pytest process that is started once and forked for each run. Libraries are imported once, and our own
modules in each run.

Without it imports would take three quarters of a run. `Forks` talks to this module, which runs as a process
in the copy.
"""

import faulthandler
import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENT, IMPATIENT = 60, 3
OUTPUT = Path(".mutants-output")
_LIBRARIES = Path(".mutants-libraries")
_PYTEST = [
    "-x", "-q", "--assert=plain", "-k", "not postgresql",
    *(part for name in ("cacheprovider", "faulthandler") for part in ("-p", f"no:{name}")),
    *(part for name in ("pytest_asyncio.plugin", "pytest_timeout") for part in ("-p", name)),
]  # fmt: skip


class Forks:
    """The process that forks, in the working directory. `python_path` takes precedence over the installed
    packages.
    """

    def __init__(self, python_path: str, tests: Sequence[str]) -> None:
        environment = os.environ | {
            "PYTHONPATH": python_path,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        environment.pop("PYTEST_ADDOPTS", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.forks", *tests],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._process.communicate()

    def passes(self, tests: Sequence[str], seconds: float, *, impatient: bool = False) -> bool:
        """Whether the tests pass within `seconds`. With `impatient` each test has a shorter limit, because
        with a fault in the code most waits are in vain. pytest's output is in `OUTPUT`.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        arguments = [*tests, "--timeout=10"] if impatient else tests
        self._process.stdin.write(f"{seconds} {IMPATIENT if impatient else PATIENT} {' '.join(arguments)}\n")
        self._process.stdin.flush()
        if not (code := self._process.stdout.readline().strip()):
            raise RuntimeError("the process that forks has ended: look at what it printed")
        return code == "0"


def main(tests: Sequence[str]) -> None:
    # Compile the imported modules too, because no bytecode is written while a fault is in the code.
    _fork(600, ["--collect-only", *tests])
    sys.dont_write_bytecode = True
    for name in _LIBRARIES.read_text().split():
        with suppress(Exception):
            importlib.import_module(name)
    for line in sys.stdin:
        seconds, os.environ["HOMEWORK_TEST_PATIENCE"], *wanted = line.split()
        print(_fork(float(seconds), wanted), flush=True)


def _fork(seconds: float, arguments: Sequence[str]) -> int:
    child = os.fork()
    if child == 0:
        os._exit(_run(seconds, arguments))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(seconds: float, arguments: Sequence[str]) -> int:
    output = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    faulthandler.dump_traceback_later(seconds, exit=True)
    import pytest

    code = int(pytest.main([*_PYTEST, *arguments]))
    if "--collect-only" in arguments:
        _LIBRARIES.write_text(" ".join(sorted(_libraries())))
    sys.stdout.flush()
    return code


def _libraries() -> set[str]:
    return {
        name
        for name, module in list(sys.modules.items())
        if name != "__main__" and "site-packages" in (getattr(module, "__file__", None) or "")
    }


if __name__ == "__main__":
    main(sys.argv[1:])
