"""A random model that can only write right exercises.

A real engine writes JSON that follows a schema. Here the schema allows only a few verified exercises, so a
model with random weights chooses among them, token by token. Its homework then passes the checks, and the
engine and the path to it, which the tests examine, are the product's.

`python -m tests.support.generator.verified_engine` is `homework-generator` with such an engine. A `.pth` file
that names this module does the same for a generator that another program starts.
"""

import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ENGINES = {
    "homework_generator.engines.vllm.engine": "VllmEngine",
    "homework_generator.engines.server.engine": "ServerEngine",
}
_CHOICES = 3


def verified(engine: Any) -> Any:
    """The engine's class, restricted to the exercises of a phrase book."""
    from homework_generator.writing.requests import Completion, Purpose, Request
    from homework_generator.writing.schema import Schema
    from tests.support.generator.phrase_book import PhraseBook

    book = PhraseBook()

    def narrowed(request: Request) -> Schema:
        return {"anyOf": [_exactly(book.exercise(request)) for _ in range(_CHOICES)]}

    class VerifiedEngine(engine):  # type: ignore[misc]
        async def complete(self, request: Request) -> Completion:
            if request.purpose is Purpose.WRITE:
                request = replace(request, schema=narrowed(request))
            completion: Completion = await super().complete(request)
            return completion

    return VerifiedEngine


def _exactly(exercise: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"const": value} for name, value in exercise.items()},
        "required": list(exercise),
        "additionalProperties": False,
    }


class _OnImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Replaces the engine's class by the restricted one when its module is imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in ENGINES:
            return None
        sys.meta_path.remove(self)
        self._spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        return importlib.util.spec_from_loader(name, self)

    def exec_module(self, module: ModuleType) -> None:
        assert self._spec is not None
        assert self._spec.loader is not None
        self._spec.loader.exec_module(module)
        engine = ENGINES[module.__name__]
        setattr(module, engine, verified(getattr(module, engine)))


sys.meta_path.insert(0, _OnImport())

if __name__ == "__main__":
    from homework_generator.__main__ import main

    main()
