"""The settings of every service, from the classes that read them."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin
from zoneinfo import ZoneInfo

from docs.tools.reference.markdown import code, codes, page, sentences, table
from pydantic import AnyHttpUrl, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from homework_api.settings import ApiSettings
from homework_classroom.settings import ClassroomSettings
from homework_console.settings import ConsoleSettings
from homework_generator.settings import GeneratorSettings
from homework_mock_generator.settings import MockSettings
from homework_shared.settings import (
    BrokerSettings,
    LocalBrokerSettings,
    LogSettings,
    MetricsSettings,
    TracingSettings,
)

SERVICES: dict[str, type[BaseSettings]] = {
    "homework-api": ApiSettings,
    "homework-mock-generator": MockSettings,
    "homework-generator": GeneratorSettings,
    "homework-console": ConsoleSettings,
    "homework-classroom": ClassroomSettings,
}
SHARED: dict[str, type[BaseSettings]] = {
    "Logs": LogSettings,
    "Metrics": MetricsSettings,
    "Traces": TracingSettings,
    "Broker, from far away": BrokerSettings,
    "Broker, from beside it": LocalBrokerSettings,
}
OF_THE_COMMAND_LINE = {
    "HOMEWORK_API_URL": "The address of the API. By default it is that of the `homework up` of this folder, "
    "else `http://127.0.0.1:8000`.",
    "HOMEWORK_API_KEY": "The API key that is sent.",
    "HOMEWORK_TEACHER_ID": "The teacher for whom an administrator asks.",
    "HOMEWORK_CLASSROOM_URL": "The address with which links for students begin.",
    "AMQP_URL": "The broker of `homework up` and `homework broker`. Without it `homework up` starts one.",
    "RABBITMQ_MANAGEMENT_URL": "That broker's management API. By default it is port 15672 of the same host.",
    "API_HOST": "Refused by `homework up`, which serves this machine alone.",
    "MODEL": "The name of the model, if `homework up --engine` has no `--model`.",
    "NGROK_AUTHTOKEN": "The token of your account at ngrok, for `homework tunnel` and `homework share`.",
    "XDG_CONFIG_HOME": "The folder with `homework/config.toml`. By default it is `~/.config`.",
}
"""What `homework` reads besides the settings of services; a test compares it with the code."""
_INTRODUCTION = """Each service reads its settings from environment variables when it starts. With a wrong
value it ends, and says how to write the value. If the default is shown as –,
the setting is off, or the service chooses the value. Settings under Compose are explained in
[compose.md](../compose.md), and on Kubernetes in [kubernetes.md](../kubernetes.md)."""
_WORDS: dict[Any, str] = {
    str: "text", int: "whole number", float: "number", bool: "`true` or `false`", Path: "path",
    SecretStr: "text, secret", AnyHttpUrl: "URL", ZoneInfo: "time zone", dict: "JSON object",
}  # fmt: skip
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def write() -> str:
    sections = [_section(f"`{command}`", settings) for command, settings in SERVICES.items()]
    shared = [_section(title, settings) for title, settings in SHARED.items()]
    rows = ([code(name), meaning] for name, meaning in OF_THE_COMMAND_LINE.items())
    command_line = "## `homework`\n\n" + table(["variable", "meaning"], rows)
    return page("Configuration", _INTRODUCTION, [*sections, command_line, *shared])


def settings_of(settings: type[BaseSettings]) -> Iterator[tuple[str, FieldInfo]]:
    """The environment variable and the field of each setting, without those of groups."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    for name, field in settings.model_fields.items():
        if not _is_group(field):
            yield str(field.validation_alias or f"{prefix}{name}".upper()), field


def _section(title: str, settings: type[BaseSettings]) -> str:
    parts = [f"## {title}", sentences(settings.__doc__), _table(settings)]
    groups: list[Any] = [field.annotation for field in settings.model_fields.values() if _is_group(field)]
    parts += [_table(group) for group in groups if group not in SHARED.values()]
    names = [name for name, group in SHARED.items() if group in groups]
    if names:
        parts.append("It also reads: " + ", ".join(f"[{name}](#{_anchor(name)})" for name in names) + ".")
    return "\n\n".join(parts)


def _anchor(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")


def _table(settings: type[BaseSettings]) -> str:
    rows = (
        [code(variable), _type(field), _default(field), field.description or ""]
        for variable, field in settings_of(settings)
    )
    return table(["variable", "type", "default", "meaning"], rows)


def _is_group(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings)


def _type(field: FieldInfo) -> str:
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    kind: Any = kinds[0] if kinds and get_origin(field.annotation) is not dict else field.annotation
    kind = get_origin(kind) or kind
    if issubclass(kind, Enum):
        return codes(member.value for member in kind)
    limits = [
        f"{words} {getattr(limit, name)}"
        for limit in field.metadata
        for name, words in _LIMITS.items()
        if hasattr(limit, name)
    ]
    return ", ".join([_WORDS[kind], *limits])


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.default_factory is not None or value is None or value in ("", {}):
        return ""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        value = str(value).lower()
    return code(value.value if isinstance(value, Enum) else value)
