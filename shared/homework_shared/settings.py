"""Settings that every service shares. Built once at an entry point and handed down."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.observability.logs import LogFormat
from homework_shared.runtime.retry import Backoff


class BrokerSettings(BaseSettings):
    """How to reach the broker, and how long to wait for it.

    BROKER_TICKET_FILE is read again at every connect; it goes before BROKER_TICKET, and that
    before AMQP_URL, which may name several nodes of a cluster: URLs with commas between.
    """

    model_config = SettingsConfigDict(
        env_prefix="BROKER_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    amqp_url: SecretStr = Field(
        default=SecretStr("amqp://guest:guest@127.0.0.1:5672/"), validation_alias="AMQP_URL"
    )
    ticket: SecretStr | None = None
    ticket_file: Path | None = None
    heartbeat_seconds: int = Field(default=10, ge=1)
    call_timeout_seconds: float = Field(default=10.0, gt=0)
    ping_seconds: float = Field(default=15.0, gt=0)
    reconnect_min_seconds: float = Field(default=1.0, gt=0)
    reconnect_max_seconds: float = Field(default=300.0, gt=0)

    @property
    def backoff(self) -> Backoff:
        return Backoff(self.reconnect_min_seconds, self.reconnect_max_seconds)


class LocalBrokerSettings(BrokerSettings):
    """For services beside the broker.

    A free tunnel has 5,000 connections a month, so behind one the default backs off to minutes. Beside
    the broker a try costs nothing, and each second without a link is a second a homework is late.
    """

    reconnect_min_seconds: float = Field(default=0.2, gt=0)
    reconnect_max_seconds: float = Field(default=1.0, gt=0)


class MetricsSettings(BaseSettings):
    """Where a process without HTTP of its own shows its metrics: nowhere, unless METRICS_PORT is set.

    METRICS_HOST is loopback unless something else has to reach it.
    """

    model_config = SettingsConfigDict(env_prefix="METRICS_", env_ignore_empty=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65535)

    @property
    def address(self) -> tuple[str, int | None]:
        return self.host, self.port


class TracingSettings(BaseSettings):
    """Where traces go: nowhere, unless an OTLP endpoint is named. More by OpenTelemetry's own variables."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", populate_by_name=True)

    endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")


class LogSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LOG_", extra="ignore")

    format: LogFormat = LogFormat.CONSOLE
    level: str = "INFO"
