"""The request to a server for text that follows a schema, and the parameters that the server supports."""

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from homework_generator.writing.schema import OPTIONAL, Schema

_UNENFORCED = ("pattern", "minItems", "maxItems")
"""Keywords that some servers refuse. The checks look at what they would have ruled out."""


_BRACES_TRIED = 10

_MARKS = re.compile(r"<[^<>\s]{1,40}>|\[/?[A-Z_]{2,20}\]")
"""What the marks of chat templates look like: <|im_end|>, </s>, <start_of_turn>, [INST]."""


class Structure(StrEnum):
    """The ways to request a schema, in the order in which they are tried."""

    JSON_SCHEMA = "response_format json_schema"
    JSON_OBJECT = "response_format json_object with a schema"
    STRUCTURED_OUTPUTS = "structured_outputs"
    FORMAT = "format"
    NONE = "none"

    def fields(self, schema: Schema) -> dict[str, Any]:
        """The fields of the request."""
        match self:
            case Structure.JSON_SCHEMA:
                named = {"name": "homework", "strict": True, "schema": schema}
                return {"response_format": {"type": "json_schema", "json_schema": named}}
            case Structure.JSON_OBJECT:
                return {"response_format": {"type": "json_object", "schema": schema}}
            case Structure.STRUCTURED_OUTPUTS:
                return {"structured_outputs": {"json": schema}}
            case Structure.FORMAT:
                return {"format": schema}
            case Structure.NONE:
                return {}


@dataclass(frozen=True, slots=True)
class Question:
    """A request in our own terms, before it is written in a server's dialect."""

    prompt: str
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one server and model support.

    `refused` are parameters to leave out. `quiet` are the parameters that keep a model from thinking aloud,
    and `thinking` is how many more tokens a model needs that does so nevertheless. With `whole_schemas` off,
    schemas are sent without the keywords that few servers support.
    """

    structure: Structure = Structure.NONE
    whole_schemas: bool = True
    token_limit: str = "max_tokens"  # noqa: S105 - the name of a parameter
    refused: frozenset[str] = frozenset()
    quiet: Mapping[str, Any] = field(default_factory=dict)
    thinking: int = 0

    def body(self, model: str, question: Question) -> dict[str, Any]:
        """The body of the request, for a streamed answer."""
        # Servers interpret marks of their chat template inside messages too, and a teacher's topic may
        # contain one.
        prompt, schema = _MARKS.sub(" ", question.prompt), question.schema
        if schema is not None and self.structure is Structure.NONE:
            prompt = f"{prompt}{in_words(schema)}"
        parameters = {
            "model": model,
            "messages": [{"role": "user", "content": prompt}],
            "stream": True,
            "stream_options": {"include_usage": True},
            self.token_limit: question.max_tokens + self.thinking,
            "temperature": question.temperature,
            "top_p": question.top_p,
            "seed": question.seed,
            **self.quiet,
        }
        if schema is not None:
            parameters |= self.structure.fields(schema if self.whole_schemas else simplified(schema))
        return {name: value for name, value in parameters.items() if name not in self.refused}


def simplified(schema: Schema) -> dict[str, Any]:
    """The schema in the keywords that OpenAI's strict mode and most grammars support.

    Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas: every property is
    required, and `const` is an `enum` of one.
    """
    simple = {name: value for name, value in schema.items() if name not in (*_UNENFORCED, "const")}
    if "const" in schema:
        simple |= {"type": "string", "enum": [schema["const"]]}
    if "properties" in schema:
        simple["properties"] = {name: simplified(each) for name, each in schema["properties"].items()}
        simple["required"] = list(schema["properties"])
    if "items" in schema:
        simple["items"] = simplified(schema["items"])
    return simple


def in_words(schema: Schema) -> str:
    """The schema as a sentence, for a server that enforces none."""
    keys = ", ".join(_key(name, each) for name, each in schema["properties"].items())
    return f"Answer with that JSON object alone, without any text around it. Its keys are {keys}.\n"


def _key(name: str, schema: Schema) -> str:
    told = json.dumps(name)
    if "const" in schema:
        return f"{told} (always {json.dumps(schema['const'])})"
    if "enum" in schema:
        return f"{told} (one of {json.dumps(schema['enum'], ensure_ascii=False)})"
    if schema.get("type") != "array":
        return f"{told} (a string)"
    few, most = schema.get("minItems", 0), schema.get("maxItems")
    count = f"{most}" if few == most else f"up to {most}"
    return (
        f"{told} (a list of {count} strings{'; leave it out if there is none' if name in OPTIONAL else ''})"
    )


def json_object_in(text: str) -> str:
    """The first JSON object in an answer, without thoughts, code fences and remarks around it; without one,
    the text.
    """
    answer = text.rpartition("</think>")[2]
    decoder = json.JSONDecoder()
    begins = [place for place, character in enumerate(answer) if character == "{"]
    for begin in begins[:_BRACES_TRIED]:
        # A text that is nested a thousand deep is not an exercise.
        with contextlib.suppress(ValueError, RecursionError):
            _, end = decoder.raw_decode(answer, begin)
            return answer[begin:end]
    return answer
