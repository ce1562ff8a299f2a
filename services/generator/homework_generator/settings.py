"""Settings of the GPU generator, from the environment."""

import socket
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.settings import BrokerSettings, LogSettings, MetricsSettings, TracingSettings


class EngineSettings(BaseSettings):
    """What preflight would choose; a value given here wins over its choice.

    `engine_args` is JSON with any further argument of vLLM's AsyncEngineArgs, such as
    {"data_parallel_size": 2}.
    """

    model_config = SettingsConfigDict(env_prefix="GENERATOR_", env_ignore_empty=True, extra="ignore")

    dtype: str | None = None
    quantization: str | None = None
    max_model_len: int | None = Field(default=None, ge=256)
    max_num_seqs: int | None = Field(default=None, ge=1)
    gpu_memory_utilization: float | None = Field(default=None, gt=0, le=1)
    tensor_parallel_size: int = Field(default=1, ge=1)
    enforce_eager: bool = False
    load_format: str = "auto"
    temperature: float = Field(default=0.8, ge=0, le=2)
    max_tokens: int = Field(
        default=768, ge=128, description="more than the longest exercise takes whose tokenizer knows Italian"
    )
    chat_template: str | None = Field(
        default=None, description='a Jinja file or the template itself; "none" for a base model'
    )
    engine_args: dict[str, Any] = {}
    ignore_fit: bool = False


class ServerSettings(BaseSettings):
    """A server that has the model, when the model does not run in a process of ours.

    `url` is the base of its OpenAI-compatible routes; one without a path gets /v1, as all these servers have
    it. `api_key` goes into the Authorization header and nowhere else.
    """

    model_config = SettingsConfigDict(env_prefix="ENGINE_", env_ignore_empty=True, extra="ignore")

    url: str | None = None
    api_key: SecretStr | None = None
    api_key_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _is_a_base_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError as error:
            # The parser quotes what it cannot read, and that may be a password.
            raise ValueError("ENGINE_URL is no address: write it like http://127.0.0.1:11434/v1") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("ENGINE_URL is written like http://127.0.0.1:11434/v1")
        if parts.username or parts.password:
            raise ValueError("ENGINE_URL holds no user and no password: the key goes into ENGINE_API_KEY")
        if parts.query or parts.fragment:
            raise ValueError("ENGINE_URL ends with its path, as in http://127.0.0.1:11434/v1")
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") or "/v1", "", ""))

    @model_validator(mode="after")
    def _read_file(self) -> Self:
        if self.api_key_file is not None:
            try:
                self.api_key = SecretStr(self.api_key_file.read_text("utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"ENGINE_API_KEY_FILE cannot be read: {error}") from error
        if self.api_key is not None and not _fits_a_header(self.api_key.get_secret_value()):
            raise ValueError("ENGINE_API_KEY is one line of letters, digits and signs: copy it again")
        return self


def _fits_a_header(key: str) -> bool:
    return key.isascii() and key.isprintable() and " " not in key


class GeneratorSettings(BaseSettings):
    """`model` is a folder or a hub name, or the name that the server at `server.url` has for it."""

    model_config = SettingsConfigDict(
        env_prefix="GENERATOR_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    model: str = Field(default="models/minerva_marco_v3_merged", validation_alias="MODEL")
    model_revision: str | None = Field(
        default=None,
        validation_alias="MODEL_REVISION",
        description="a commit of a model of the hub; without it, the newest one of this start",
    )
    cache_folder: Path = Path("~/.cache/homework/models")
    worker_id: str = Field(default_factory=lambda: f"gpu-{socket.gethostname()[:40]}-{uuid4().hex[:6]}")
    status_file: Path | None = None
    idle_minutes: float = Field(default=0, ge=0, description="end after so long without a job; 0 is never")
    drain_seconds: float = Field(default=20.0, ge=0)
    self_check: bool = Field(default=True, description="the model solves each exercise that it wrote")
    min_usable_share: float = Field(
        default=0.6, ge=0, le=1, description="of the exercises that a model writes before its first job"
    )
    qualifying_exercises: int = Field(default=24, ge=3, le=60)
    ignore_qualification: bool = Field(
        default=False, description="take jobs with a model that writes too little that is usable"
    )
    ngrok_api_key: SecretStr | None = Field(default=None, validation_alias="NGROK_API_KEY")
    ngrok_api_url: str = Field(default="https://api.ngrok.com", validation_alias="NGROK_API_URL")
    engine: EngineSettings = Field(default_factory=EngineSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    broker: BrokerSettings = Field(default_factory=BrokerSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    traces: TracingSettings = Field(default_factory=TracingSettings)
    logs: LogSettings = Field(default_factory=LogSettings)

    @property
    def named_model(self) -> str | None:
        """The model that the environment names; None where it names none."""
        return self.model if "model" in self.model_fields_set else None
