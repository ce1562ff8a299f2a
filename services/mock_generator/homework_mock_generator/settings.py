"""Settings of the mock generator, from the environment."""

import socket
from uuid import uuid4

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.settings import LocalBrokerSettings, LogSettings, MetricsSettings, TracingSettings


class MockSettings(BaseSettings):
    """The settings of the mock generator."""

    model_config = SettingsConfigDict(env_prefix="MOCK_", env_ignore_empty=True, extra="ignore")

    worker_id: str = Field(
        default_factory=lambda: f"mock-{socket.gethostname()[:40]}-{uuid4().hex[:6]}",
        description="The name of this worker in results and statuses. By default it is made from the "
        "machine's name.",
    )
    prefetch: int = Field(
        default=50, ge=1, le=2000, description="How many jobs it takes from the broker at a time."
    )
    broker: LocalBrokerSettings = Field(default_factory=LocalBrokerSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    traces: TracingSettings = Field(default_factory=TracingSettings)
    logs: LogSettings = Field(default_factory=LogSettings)
