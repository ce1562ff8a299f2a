"""Settings of the console, from the environment. Built once in `__main__` and handed down."""

from pathlib import Path
from typing import Self

from pydantic import AnyHttpUrl, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.settings import LogSettings


class ConsoleSettings(BaseSettings):
    """The console needs no `management_url`, but without it there are no rates. The files keep secrets out
    of the environment. `management_link` is the address that a browser opens, if the console itself uses
    another one."""

    model_config = SettingsConfigDict(env_prefix="CONSOLE_", env_ignore_empty=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    api_url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:8000")
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    management_url: AnyHttpUrl | None = None
    management_user: str = "console"
    management_password: SecretStr | None = None
    management_password_file: Path | None = None
    management_link: AnyHttpUrl | None = None
    logs: LogSettings = Field(default_factory=LogSettings)

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
    def rabbitmq_link(self) -> str | None:
        link = self.management_link or self.management_url
        return str(link) if link else None


def _read(variable: str, file: Path) -> SecretStr:
    try:
        return SecretStr(file.read_text().strip())
    except OSError as error:
        raise ValueError(f"{variable} cannot be read: {error}") from error
