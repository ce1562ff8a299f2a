"""Settings of the console, from the environment. Built once in `__main__` and handed down."""

from pathlib import Path
from typing import Self

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_console.address import Address
from homework_shared.settings import LogSettings

_ANY_INTERFACE = {"0.0.0.0", "::"}  # noqa: S104  # nosec B104 - nothing is bound here


class ConsoleSettings(BaseSettings):
    """The console needs no `management_url`, but without it there are no rates. The files keep secrets out
    of the environment. `management_link` is the address that a browser opens, if the console itself uses
    another one, and `classroom_link` is the classroom's; `public_url` is the console's own, if browsers do
    not open http://HOST:PORT.
    `listen_fd` is a socket that the process that starts the console listens on and hands over, for `port`.
    `sign_in_file` is where the console keeps the address at which somebody can sign in next.
    `api_key`: a key with the right `ops` alone."""

    model_config = SettingsConfigDict(env_prefix="CONSOLE_", env_ignore_empty=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    listen_fd: int | None = None
    public_url: AnyHttpUrl | None = None
    sign_in_file: Path = Path(".run/sign-in")
    api_url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:8000")
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    management_url: AnyHttpUrl | None = None
    management_user: str = "console"
    management_password: SecretStr | None = None
    management_password_file: Path | None = None
    management_link: AnyHttpUrl | None = None
    classroom_link: AnyHttpUrl | None = None
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
