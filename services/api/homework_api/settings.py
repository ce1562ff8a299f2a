"""Settings of the API, from the environment. They are built once in `main` and passed on."""

import sys
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from limits import parse
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.settings import LocalBrokerSettings, LogSettings, MetricsSettings, TracingSettings

SHORTEST_KEY = 32
SHORTEST_RETENTION, LONGEST_RETENTION = 30, 36500
"""The limits in days. A shorter retention is more likely a mistake than an intention, and would delete work
that a class still reads."""


class RevealAnswers(StrEnum):
    """When the routes for students show right answers and explanations: to everybody from the start, or only
    after the answers are submitted.
    """

    ALWAYS = "always"
    AFTER_SUBMISSION = "after_submission"


class ApiSettings(BaseSettings):
    """The settings of the REST API, the relay and the results consumer. All roles read the same ones."""

    model_config = SettingsConfigDict(
        env_prefix="API_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    host: str = Field(
        default="127.0.0.1",
        description="The address on which the API listens. On an address that other machines reach, it does "
        "not start without an API key.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port on which it listens; 0 takes a free one."
    )
    listen_fd: int | None = Field(
        default=None,
        description="A listening socket that the parent process hands over, in place of the port.",
    )
    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///data/italian_teacher.db"),
        validation_alias="DATABASE_URL",
        description="The database: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.",
    )
    database_url_file: Path | None = Field(
        default=None,
        validation_alias="DATABASE_URL_FILE",
        description="A file with that address, so that its password is not in the environment.",
    )
    reveal_answers: RevealAnswers | None = Field(
        default=None,
        validation_alias="REVEAL_ANSWERS",
        description="When the routes for students show the right answers. By default a student's key shows "
        "them once the answers are sent, and a teacher's key, or no key, from the start.",
    )
    timezone: ZoneInfo | None = Field(
        default=None,
        validation_alias="TIMEZONE",
        description="The time zone of dates in files for teachers, such as `Europe/Rome`. By default it is "
        "this machine's.",
    )
    broker: LocalBrokerSettings = Field(default_factory=LocalBrokerSettings)
    retention_days: int = Field(
        default=0,
        validation_alias="RETENTION_DAYS",
        description="The number of days after which an ended assignment is deleted with its homework, at "
        f"least {SHORTEST_RETENTION}. 0 keeps everything.",
    )
    tunnel_state_file: Path | None = Field(
        default=None,
        description="The file into which `homework tunnel` writes its state, which the API shows.",
    )
    admin_key: SecretStr | None = Field(
        default=None,
        description="An API key with every right, at least 32 characters, for an installation from files.",
    )
    admin_key_file: Path | None = Field(
        default=None, description="A file with that key, in place of `API_ADMIN_KEY`."
    )
    console_key: SecretStr | None = Field(
        default=None,
        description="The console's API key, with the right `ops` alone. While it is the only key, other "
        "requests need none.",
    )
    console_key_file: Path | None = Field(
        default=None, description="A file with that key, in place of `API_CONSOLE_KEY`."
    )
    owner_key: SecretStr | None = Field(
        default=None,
        description="A key with every right, which `homework up` makes for the commands of the person who "
        "runs it. While only this key and the console's exist, other requests need none.",
    )
    owner_key_file: Path | None = Field(
        default=None, description="A file with that key, in place of `API_OWNER_KEY`."
    )
    rate_limit: str = Field(
        default="6000/minute",
        description="How many requests each key, or else each address, may send. A class of thirty that "
        "asks every second sends a third of the default.",
    )
    rate_limit_storage: str = Field(
        default="memory://",
        description="Where requests are counted: `memory://`, or `redis://HOST:PORT` for several processes.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses and networks of proxies, separated by commas, whose `X-Forwarded-For` is "
        "believed.",
    )
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    traces: TracingSettings = Field(default_factory=TracingSettings)
    logs: LogSettings = Field(default_factory=LogSettings)

    @field_validator("reveal_answers", mode="before")
    @classmethod
    def _may_be_empty(cls, value: object) -> object:
        return None if value == "" else value  # Compose and Kubernetes pass unset variables as empty text

    @field_validator("retention_days", mode="before")
    @classmethod
    def _is_a_retention(cls, value: object) -> int:
        given = str(value).strip() or "0"  # Compose and Kubernetes pass unset variables as empty text
        days = int(given) if given.isascii() and given.isdigit() else None
        if days is None or not (days == 0 or SHORTEST_RETENTION <= days <= LONGEST_RETENTION):
            raise ValueError(
                f"RETENTION_DAYS is a number of days from {SHORTEST_RETENTION} to {LONGEST_RETENTION}, "
                f"or 0 to keep everything, not {value}"
            )
        return days

    @field_validator("timezone", mode="before")
    @classmethod
    def _is_a_zone(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None  # Compose and Kubernetes pass unset variables as empty text
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            near = get_close_matches(value.title(), available_timezones(), 1) or ["Europe/Rome"]
            raise ValueError(f"TIMEZONE is a name like {near[0]}, not {value}") from error

    @field_validator("rate_limit_storage")
    @classmethod
    def _is_a_storage(cls, value: str) -> str:
        if not value.startswith(("memory://", "redis://", "rediss://")):
            raise ValueError("API_RATE_LIMIT_STORAGE is memory:// or redis://HOST:PORT")
        return value

    @field_validator("rate_limit")
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        try:
            parse(value)
        except ValueError as error:
            raise ValueError(f"API_RATE_LIMIT is written like 6000/minute, not {value}") from error
        return value

    @property
    def retention(self) -> timedelta | None:
        """How long an assignment is kept after its end; None means that it is never deleted by age."""
        return timedelta(days=self.retention_days) if self.retention_days else None

    @property
    def is_on_this_machine_only(self) -> bool:
        """Whether only this machine's own users can reach the address."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @model_validator(mode="after")
    def _read_files(self) -> Self:
        if self.database_url_file is not None:
            self.database_url = _read("DATABASE_URL_FILE", self.database_url_file)
        self.admin_key = _key("API_ADMIN_KEY", self.admin_key, self.admin_key_file)
        self.console_key = _key("API_CONSOLE_KEY", self.console_key, self.console_key_file)
        self.owner_key = _key("API_OWNER_KEY", self.owner_key, self.owner_key_file)
        return self


def settings_from_environment() -> ApiSettings:
    """The settings of this process. If one is wrong, the process ends with a sentence that says how to write
    it.
    """
    try:
        return ApiSettings()
    except ValidationError as error:
        sys.exit("\n".join(map(_sentence, error.errors(include_input=False, include_url=False))))


def _sentence(problem: ErrorDetails) -> str:
    said = problem["msg"].removeprefix("Value error, ")
    if said == problem["msg"]:  # pydantic's own message does not name the setting
        said = f"the setting {'.'.join(map(str, problem['loc']))} is wrong: {said}"
    return f"homework-api: {said}"


def _key(variable: str, given: SecretStr | None, file: Path | None) -> SecretStr | None:
    key = given if file is None else _read(f"{variable}_FILE", file)
    if key is not None and len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"{variable} needs {SHORTEST_KEY} characters: `openssl rand -hex 32`")
    return key


def _read(variable: str, file: Path) -> SecretStr:
    try:
        return SecretStr(file.read_text().strip())
    except OSError as error:
        raise ValueError(f"{variable} cannot be read: {error}") from error
