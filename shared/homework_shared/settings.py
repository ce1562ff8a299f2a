"""Settings that every service shares. An entry point builds them once and hands them down."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.observability.logs import LogFormat
from homework_shared.runtime.retry import Backoff


class BrokerSettings(BaseSettings):
    """How to reach the broker, and how long to wait at most between two tries.

    BROKER_TICKET_FILE is read again for every connection. It takes precedence over BROKER_TICKET, and that
    over AMQP_URL, which may name several nodes of a cluster: URLs with commas between them.
    """

    SHORTEST_WAIT_SECONDS: ClassVar[float] = 1.0

    model_config = SettingsConfigDict(
        env_prefix="BROKER_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    amqp_url: SecretStr = Field(
        default=SecretStr("amqp://guest:guest@127.0.0.1:5672/"), validation_alias="AMQP_URL"
    )
    ticket: SecretStr | None = None
    ticket_file: Path | None = None
    reconnect_max_seconds: float = Field(default=300.0, gt=0)

    @property
    def backoff(self) -> Backoff:
        return Backoff(self.SHORTEST_WAIT_SECONDS, self.reconnect_max_seconds)


class LocalBrokerSettings(BrokerSettings):
    """For services beside the broker.

    A free tunnel has 5,000 connections a month, so behind one the default backs off to minutes. Beside
    the broker a try costs nothing, and each second without a link is a second a homework is late.
    """

    SHORTEST_WAIT_SECONDS: ClassVar[float] = 0.2

    reconnect_max_seconds: float = Field(default=1.0, gt=0)


class MetricsSettings(BaseSettings):
    """Where a process shows its metrics: nowhere, unless METRICS_PORT is set."""

    model_config = SettingsConfigDict(env_prefix="METRICS_", env_ignore_empty=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)

    @property
    def address(self) -> tuple[str, int | None]:
        return self.host, self.port


class TracingSettings(BaseSettings):
    """Where traces go: nowhere, unless an endpoint is set. OpenTelemetry reads its other variables itself."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", populate_by_name=True)

    endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")


class LogSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LOG_", extra="ignore")

    format: LogFormat = LogFormat.CONSOLE
    level: str = "INFO"
