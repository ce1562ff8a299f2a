"""Settings that every service shares. An entry point builds them once and passes them on."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.observability.logs import LogFormat
from homework_shared.runtime.retry import Backoff

LONGEST_WAIT = "The longest wait between two tries to reach the broker, in seconds."


class BrokerSettings(BaseSettings):
    """How to reach the broker, and the longest wait between two tries."""

    SHORTEST_WAIT_SECONDS: ClassVar[float] = 1.0

    model_config = SettingsConfigDict(
        env_prefix="BROKER_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    amqp_url: SecretStr = Field(
        default=SecretStr("amqp://guest:guest@127.0.0.1:5672/"),
        validation_alias="AMQP_URL",
        description="The broker's address, with user and password. Several nodes of a cluster are "
        "separated by commas.",
    )
    ticket: SecretStr | None = Field(
        default=None,
        description="A broker ticket, as `homework ticket show` prints it. It takes precedence over "
        "`AMQP_URL`.",
    )
    ticket_file: Path | None = Field(
        default=None,
        description="A file with the broker ticket. It is read again for each connection and takes "
        "precedence over `BROKER_TICKET`.",
    )
    reconnect_max_seconds: float = Field(default=300.0, gt=0, description=LONGEST_WAIT)

    @property
    def backoff(self) -> Backoff:
        return Backoff(self.SHORTEST_WAIT_SECONDS, self.reconnect_max_seconds)


class LocalBrokerSettings(BrokerSettings):
    """For services that run next to the broker.

    A free tunnel allows 5,000 connections a month, so the default back-off behind a tunnel grows to minutes.
    Next to the broker a try costs nothing, and each second without a link delays a homework by a second.
    """

    SHORTEST_WAIT_SECONDS: ClassVar[float] = 0.2

    reconnect_max_seconds: float = Field(default=1.0, gt=0, description=LONGEST_WAIT)


class MetricsSettings(BaseSettings):
    """Where a process serves its metrics. It serves none unless METRICS_PORT is set."""

    model_config = SettingsConfigDict(env_prefix="METRICS_", env_ignore_empty=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="The address at which this process shows its metrics.")
    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="The port of the metrics. Without it the process shows none.",
    )

    @property
    def address(self) -> tuple[str, int | None]:
        return self.host, self.port


class TracingSettings(BaseSettings):
    """Where traces are sent. Tracing is off unless an endpoint is set. OpenTelemetry reads its other
    variables itself.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", populate_by_name=True)

    endpoint: str | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="The OTLP collector that gets the traces, such as `http://127.0.0.1:4318`. Without it "
        "none are made.",
    )


class LogSettings(BaseSettings):
    """How a process writes its log."""

    model_config = SettingsConfigDict(env_prefix="LOG_", env_ignore_empty=True, extra="ignore")

    format: LogFormat = Field(
        default=LogFormat.CONSOLE, description="`console` is for people, `json` has one object in each line."
    )
    level: str = Field(
        default="INFO",
        description="The least important level that is written: `DEBUG`, `INFO`, `WARNING` or `ERROR`.",
    )
