"""Settings of the classroom, from the environment. They are built once in `__main__` and passed on."""

from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import AnyHttpUrl, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_classroom.address import Address
from homework_shared.runtime.origin import LOOPBACK_NAMES
from homework_shared.settings import LogSettings


class ClassroomSettings(BaseSettings):
    """The settings of the pages for students and teachers."""

    model_config = SettingsConfigDict(
        env_prefix="CLASSROOM_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    host: str = Field(
        default="127.0.0.1",
        description="The address on which the classroom listens. An address that other machines reach needs "
        "`CLASSROOM_PUBLIC_URL`.",
    )
    port: int = Field(
        default=8002, ge=0, le=65535, description="The port on which it listens; 0 takes a free one."
    )
    listen_fd: int | None = Field(
        default=None,
        description="A listening socket that the parent process hands over, in place of the port.",
    )
    public_url: AnyHttpUrl | None = Field(
        default=None,
        description="The address that students open, if it is not `http://HOST:PORT`. It has no path.",
    )
    api_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("http://127.0.0.1:8000"), description="The address of the API."
    )
    timezone: ZoneInfo | None = Field(
        default=None,
        validation_alias="TIMEZONE",
        description="The time zone of the dates on the pages, such as `Europe/Rome`. By default it is this "
        "machine's.",
    )
    tls_certificate: Path | None = Field(
        default=None,
        description="A certificate in PEM, if the classroom itself serves https. It needs the key too.",
    )
    tls_key: Path | None = Field(default=None, description="The private key of that certificate, in PEM.")
    shared_url_file: Path | None = Field(
        default=None,
        description="Where `homework share` keeps the address that it opens. While it runs, links for "
        "students begin with it.",
    )
    logs: LogSettings = Field(default_factory=LogSettings)

    @field_validator("public_url")
    @classmethod
    def _has_no_path(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value and (value.path or "/") != "/":
            raise ValueError("CLASSROOM_PUBLIC_URL has no path: the classroom needs a host name of its own")
        return value

    @field_validator("timezone", mode="before")
    @classmethod
    def _is_a_zone(cls, value: object) -> object:
        try:
            return ZoneInfo(value) if isinstance(value, str) else value
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"TIMEZONE is a name like Europe/Rome, not {value}") from error

    @model_validator(mode="after")
    def _has_both_files(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("CLASSROOM_TLS_CERTIFICATE and CLASSROOM_TLS_KEY go together: set both or none")
        return self

    @model_validator(mode="after")
    def _knows_its_name(self) -> Self:
        if self.host not in LOOPBACK_NAMES and self.public_url is None:
            raise ValueError(
                f"CLASSROOM_HOST is {self.host}, which others reach: say which address they open with "
                "CLASSROOM_PUBLIC_URL, such as http://192.168.1.20:8002"
            )
        return self

    @property
    def address(self) -> Address:
        if self.public_url:
            return Address(str(self.public_url).rstrip("/"))
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Address(f"http://{host}:{self.port}")
