"""Settings of the API, from the environment. Built once in `main` and handed down."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.settings import LocalBrokerSettings, LogSettings, MetricsSettings, TracingSettings


class RevealAnswers(StrEnum):
    """When students are shown the right answers and why. The predecessor's clients show them at once."""

    ALWAYS = "always"
    AFTER_SUBMISSION = "after_submission"


class ApiSettings(BaseSettings):
    """`rescue_grace_seconds`: how long after its deadline a homework still open is sent straight to
    the fallback. Above the few tens of milliseconds that dead-lettering takes, below the two
    seconds that a class may notice. `tunnel_state_file`: what `homework tunnel` writes, if one runs.
    `database_url_file`: the URL, where its password must not stand in the environment."""

    model_config = SettingsConfigDict(env_prefix="API_", extra="ignore", populate_by_name=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    database_url: SecretStr = Field(
        default=SecretStr("sqlite+aiosqlite:///data/italian_teacher.db"), validation_alias="DATABASE_URL"
    )
    database_url_file: Path | None = Field(default=None, validation_alias="DATABASE_URL_FILE")
    rescue_grace_seconds: float = Field(default=1.0, ge=0)
    reveal_answers: RevealAnswers = Field(default=RevealAnswers.ALWAYS, validation_alias="REVEAL_ANSWERS")
    broker: LocalBrokerSettings = Field(default_factory=LocalBrokerSettings)
    tunnel_state_file: Path | None = None
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    traces: TracingSettings = Field(default_factory=TracingSettings)
    logs: LogSettings = Field(default_factory=LogSettings)

    @model_validator(mode="after")
    def _read_database_url(self) -> Self:
        if self.database_url_file is not None:
            try:
                self.database_url = SecretStr(self.database_url_file.read_text().strip())
            except OSError as error:
                raise ValueError(f"DATABASE_URL_FILE cannot be read: {error}") from error
        return self
