"""Settings of the GPU generator, from the environment."""

import socket
from uuid import uuid4

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.settings import BrokerSettings, LogSettings


class GeneratorSettings(BaseSettings):
    """`model` is a folder or a hub name. The broker may be behind a metered tunnel, so its
    reconnects back off to a minute."""

    model_config = SettingsConfigDict(env_prefix="GENERATOR_", extra="ignore", populate_by_name=True)

    model: str = Field(default="models/minerva_marco_v3_merged", validation_alias="MODEL")
    worker_id: str = Field(default_factory=lambda: f"gpu-{socket.gethostname()[:40]}-{uuid4().hex[:6]}")
    broker: BrokerSettings = Field(default_factory=BrokerSettings)
    logs: LogSettings = Field(default_factory=LogSettings)
