"""The environment variables that each of our commands reads."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from homework_api.settings import ApiSettings
from homework_classroom.settings import ClassroomSettings
from homework_console.settings import ConsoleSettings
from homework_generator.settings import GeneratorSettings
from homework_mock_generator.settings import MockSettings

SETTINGS: dict[str, type[BaseSettings]] = {
    "homework-api": ApiSettings,
    "homework-mock-generator": MockSettings,
    "homework-generator": GeneratorSettings,
    "homework-console": ConsoleSettings,
    "homework-classroom": ClassroomSettings,
}
OF_THE_PLATFORM = {"HOME", "SSL_CERT_FILE"}


@cache
def variables(settings: type[BaseModel]) -> frozenset[str]:
    """The environment variables that these settings, and those within them, are read from."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    found: set[str] = set()
    for name, field in settings.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseSettings):
            found |= variables(kind)
        else:
            found.add(str(field.validation_alias or f"{prefix}{name}".upper()))
    return frozenset(found)
