"""Records every pattern that the packages compile, and how each is used: `python -m
tests.static.patterns.recorded`.

Many patterns are built from tables or for one request, so they are recorded while the packages are imported
and used. This module has to import the packages first, so it runs as a separate process. It prints JSON.
"""

import json
import pkgutil
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

# Texts of a GPU, a teacher or a student pass through these.
PACKAGES = (
    "homework_shared", "homework_api", "homework_mock_generator", "homework_generator", "homework_client"
)  # fmt: skip
FUNCTIONS = ("search", "match", "fullmatch", "split", "sub", "subn", "findall", "finditer")
ANCHORED = {"match", "fullmatch"}
# It needs a package that only a GPU's environment has.
NOT_IMPORTED = ("homework_generator.engines.vllm.engine",)


@dataclass
class Recorded:
    pattern: str
    flags: int
    places: set[str]
    """The calls that compiled it, or that used it without compiling, as "file:line"."""
    methods: set[str]

    @property
    def searched(self) -> bool:
        """Whether it may be searched. It is not if only anchored methods were used."""
        return not self.methods or not self.methods <= ANCHORED


_found: dict[tuple[str, int], Recorded] = {}


class _Spy:
    """A pattern that records which of its methods are used."""

    def __init__(self, pattern: re.Pattern[str], record: Recorded) -> None:
        self._pattern = pattern
        self._record = record

    def __getattr__(self, name: str) -> Any:
        if name in FUNCTIONS:
            self._record.methods.add(name)
        return getattr(self._pattern, name)


def _note(pattern: str, flags: int) -> Recorded | None:
    frame = sys._getframe(2)
    if not frame.f_globals["__name__"].startswith(PACKAGES) or not isinstance(pattern, str):
        return None
    record = _found.setdefault((pattern, int(flags)), Recorded(pattern, int(flags), set(), set()))
    record.places.add(f"{frame.f_code.co_filename}:{frame.f_lineno}")
    return record


def _listen() -> None:
    compile_ = re.compile

    def compile_noted(pattern: Any, flags: int = 0) -> Any:
        record = _note(pattern, flags)
        made = compile_(pattern, flags)
        return _Spy(made, record) if record else made

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(pattern: Any, *arguments: Any, flags: int = 0, **others: Any) -> Any:
            if record := _note(pattern, flags):
                record.methods.add(name)
            return function(pattern, *arguments, flags=flags, **others)

        return call

    re.compile = compile_noted
    for name in FUNCTIONS:
        setattr(re, name, noted(name, getattr(re, name)))


def _import_all() -> None:
    for name in PACKAGES:
        package = import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.startswith(NOT_IMPORTED) and not module.name.endswith("__main__"):
                import_module(module.name)


def _work() -> None:
    from tests.static.patterns.work import go_all_ways  # It imports the packages.

    go_all_ways()


def main() -> None:
    _listen()
    _import_all()
    _work()
    json.dump([vars(each) for each in _found.values()], sys.stdout, default=sorted)


if __name__ == "__main__":
    main()
