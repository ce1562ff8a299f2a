"""JSON Schema in words: the types, limits and fields of requests, answers and messages."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from docs.tools.reference.markdown import code, codes, sentences, table

Schema = Mapping[str, Any]
_LIMITS = {
    "minimum": "at least {}", "maximum": "at most {}",
    "exclusiveMinimum": "more than {}", "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minItems": "at least {} entries", "maxItems": "at most {} entries",
}  # fmt: skip
_LARGEST = 2**53 - 1
"""What a reader of JSON may round: a limit of this size says nothing to people."""
_FORMATS = {"date-time": "time", "uuid": "UUID", "uri": "URL", "email": "e-mail address", "binary": "file"}


def in_words(schema: Schema) -> str:
    """A type, with a link to its section where it has one of its own."""
    if name := _referred(schema):
        return f"[{name}](#{name.lower()})"
    if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return ", or ".join(in_words(option) for option in options)
    return ", ".join([_kind(schema), *_limits(schema)])


def fields(schema: Schema) -> str:
    """A table of an object's fields."""
    required = set(schema.get("required", ()))
    rows = (
        [code(name), in_words(each), "yes" if name in required else "no", _meaning(each)]
        for name, each in schema.get("properties", {}).items()
    )
    return table(["field", "type", "required", "meaning"], rows)


def sections(definitions: Mapping[str, Schema], level: str, named: Callable[[str], bool]) -> Iterator[str]:
    """One section for each definition whose name is asked for."""
    for name, schema in sorted(definitions.items()):
        if named(name):
            parts = [f"{level} {name}", sentences(schema.get("description"))]
            parts.append(fields(schema) if "properties" in schema else in_words(schema))
            yield "\n\n".join(filter(None, parts))


def referred_in(schema: Any) -> set[str]:
    """The names of all definitions that a schema refers to."""
    if isinstance(schema, Mapping):
        own = {name} if (name := _referred(schema)) else set()
        return own.union(*map(referred_in, schema.values()))
    if isinstance(schema, list | tuple):
        return set[str]().union(*map(referred_in, schema))
    return set()


def _referred(schema: Schema) -> str | None:
    return str(schema["$ref"]).rpartition("/")[2] if isinstance(schema.get("$ref"), str) else None


def _kind(schema: Schema) -> str:
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return codes(schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return _array(schema)
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {in_words(schema['additionalProperties'])}"
    return _FORMATS.get(str(schema.get("format")), kind)


def _array(schema: Schema) -> str:
    if items := schema.get("items"):
        return f"list of ({in_words(items)})" if "," in in_words(items) else f"list of {in_words(items)}"
    return "list"


def _limits(schema: Schema) -> Iterator[str]:
    for name, words in _LIMITS.items():
        if name in schema and schema[name] < _LARGEST:
            yield (
                words.format(_number(schema[name]))
                .replace("at least 1 characters", "not empty")
                .replace("at least 1 entries", "not empty")
            )


def _number(limit: float) -> str:
    # Pydantic writes the limits of an optional integer as floats.
    return f"{int(limit) if limit == int(limit) else limit:,}"


def _meaning(schema: Schema) -> str:
    parts = [sentences(schema.get("description"))]
    if schema.get("default") not in (None, [], ""):
        default = schema["default"]
        parts.append(f"Default: {code(default if isinstance(default, str) else json.dumps(default))}.")
    return " ".join(filter(None, parts))
