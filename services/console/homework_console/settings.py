"""Settings of the console, from the environment. Built once in `__main__` and handed down."""

from pathlib import Path
from typing import Self

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_console.address import Address
from homework_shared.settings import LogSettings

_ANY_INTERFACE = {"0.0.0.0", "::"}  # noqa: S104  # nosec B104 - nothing is bound here


class ConsoleSettings(BaseSettings):
    """The operators' pages."""

    model_config = SettingsConfigDict(env_prefix="CONSOLE_", env_ignore_empty=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="The address on which the console listens.")
    port: int = Field(
        default=8080, ge=0, le=65535, description="The port on which it listens; 0 takes a free one."
    )
    listen_fd: int | None = Field(
        default=None,
        description="A listening socket that the parent process hands over, in place of the port.",
    )
    public_url: AnyHttpUrl | None = Field(
        default=None,
        description="The address that browsers open, if it is not `http://HOST:PORT`. It has no path.",
    )
    sign_in_file: Path = Field(
        default=Path(".run/sign-in"),
        description="The file to which the console writes the next sign-in address.",
    )
    api_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("http://127.0.0.1:8000"), description="The address of the API."
    )
    api_key: SecretStr | None = Field(
        default=None, description="The console's API key. It needs the right `ops` and no other."
    )
    api_key_file: Path | None = Field(
        default=None, description="A file with that key, in place of `CONSOLE_API_KEY`."
    )
    management_url: AnyHttpUrl | None = Field(
        default=None,
        description="RabbitMQ's management API. Without it the console shows no rates of messages.",
    )
    management_user: str = Field(default="console", description="RabbitMQ's user who may read these figures.")
    management_password: SecretStr | None = Field(default=None, description="The password of that user.")
    management_password_file: Path | None = Field(
        default=None, description="A file with that password, in place of `CONSOLE_MANAGEMENT_PASSWORD`."
    )
    management_link: AnyHttpUrl | None = Field(
        default=None,
        description="The address of RabbitMQ's pages for browsers, if it is not `CONSOLE_MANAGEMENT_URL`.",
    )
    classroom_link: AnyHttpUrl | None = Field(
        default=None, description="The address of the classroom, for the link to the teachers' pages."
    )
    logs: LogSettings = Field(default_factory=LogSettings)

    @field_validator("public_url")
    @classmethod
    def _has_no_path(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value and (value.path or "/") != "/":
            raise ValueError("CONSOLE_PUBLIC_URL has no path: the console needs a host name of its own")
        return value

    @model_validator(mode="after")
    def _read_files(self) -> Self:
        if self.management_password_file is not None:
            self.management_password = _read(
                "CONSOLE_MANAGEMENT_PASSWORD_FILE", self.management_password_file
            )
        if self.api_key_file is not None:
            self.api_key = _read("CONSOLE_API_KEY_FILE", self.api_key_file)
        return self

    @property
    def address(self) -> Address:
        if self.public_url:
            return Address(str(self.public_url).rstrip("/"))
        host = "127.0.0.1" if self.host in _ANY_INTERFACE else self.host
        return Address(f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}")

    @property
    def rabbitmq_link(self) -> str | None:
        link = self.management_link or self.management_url
        return str(link) if link else None

    @property
    def teachers_link(self) -> str | None:
        """Where teachers give homework and judge it."""
        return f"{str(self.classroom_link).rstrip('/')}/teacher" if self.classroom_link else None


def _read(variable: str, file: Path) -> SecretStr:
    try:
        return SecretStr(file.read_text().strip())
    except OSError as error:
        raise ValueError(f"{variable} cannot be read: {error}") from error
