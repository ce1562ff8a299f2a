"""A random model that can only write right exercises.

A real engine writes JSON that follows a schema. Here the schema allows a few verified exercises and
nothing else, so a model with random weights chooses among them, token by token. The checks then let its
homework through, and what the tests look at, the engine and the way to it, is the product's.

`python -m tests.support.generator.verified_engine` is `homework-generator` with such an engine. A `.pth` file
that names this module does the same for a generator that somebody else starts.
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
    """The engine's class, restricted to what a phrase book has."""
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
    """Puts the restricted class in the place of the engine's when its module is imported."""

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
