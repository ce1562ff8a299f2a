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
    """vLLM's arguments. Preflight chooses those that are not set."""

    model_config = SettingsConfigDict(env_prefix="GENERATOR_", env_ignore_empty=True, extra="ignore")

    dtype: str | None = Field(default=None, description="The type of the model's numbers, such as `half`.")
    quantization: str | None = Field(
        default=None, description="How the weights are quantized, such as `awq`."
    )
    max_model_len: int | None = Field(
        default=None, ge=256, description="The longest prompt and answer together, in tokens."
    )
    max_num_seqs: int | None = Field(
        default=None,
        ge=1,
        description="How many requests the engine runs at once. Without it, the generator finds out how many "
        "a server runs.",
    )
    gpu_memory_utilization: float | None = Field(
        default=None, gt=0, le=1, description="The share of the GPU's memory that the engine takes."
    )
    tensor_parallel_size: int = Field(
        default=1, ge=1, description="How many GPUs share one copy of the model."
    )
    enforce_eager: bool = Field(
        default=False, description="Run without CUDA graphs: slower, with less memory."
    )
    load_format: str = Field(
        default="auto", description="The format of the weights; `dummy` makes random ones, for tests."
    )
    temperature: float = Field(default=0.8, ge=0, le=2, description="How freely the model chooses its words.")
    max_tokens: int = Field(
        default=768,
        ge=128,
        description="The most tokens of one exercise. The default is more than the longest one needs if "
        "the tokenizer knows Italian.",
    )
    chat_template: str | None = Field(
        default=None, description="A Jinja file, or the template itself; `none` for a base model without one."
    )
    engine_args: dict[str, Any] = Field(
        default={},
        description="Further arguments of vLLM's `AsyncEngineArgs` as JSON, such as "
        '`{"data_parallel_size": 2}`.',
    )
    ignore_fit: bool = Field(
        default=False, description="Start even if preflight says that the model does not fit."
    )


class ServerSettings(BaseSettings):
    """The server that has the model, if the model does not run in a process of ours."""

    model_config = SettingsConfigDict(env_prefix="ENGINE_", env_ignore_empty=True, extra="ignore")

    url: str | None = Field(
        default=None,
        description="The base of the server's OpenAI-compatible routes, such as "
        "`http://127.0.0.1:11434/v1`. Without it vLLM "
        "runs here.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="The server's key. It is sent in the header `Authorization` and nowhere else.",
    )
    api_key_file: Path | None = Field(
        default=None, description="A file with that key, in place of `ENGINE_API_KEY`."
    )

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
            raise ValueError(
                "ENGINE_URL is not an address: use one like http://127.0.0.1:11434/v1"
            ) from error
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
    """The settings of the generator with a language model."""

    model_config = SettingsConfigDict(
        env_prefix="GENERATOR_", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    model: str = Field(
        default="models/minerva_marco_v3_merged",
        validation_alias="MODEL",
        description="The model: a folder, or a name on the Hugging Face hub. With `ENGINE_URL` it is the "
        "name that the server has for it, and without it the server's only model is taken.",
    )
    model_revision: str | None = Field(
        default=None,
        validation_alias="MODEL_REVISION",
        description="A commit of a model on the hub. By default it is the newest one at this start.",
    )
    cache_folder: Path = Field(
        default=Path("~/.cache/homework/models"),
        description="The folder for a copy of a model that is on a slow disk.",
    )
    worker_id: str = Field(
        default_factory=lambda: f"gpu-{socket.gethostname()[:40]}-{uuid4().hex[:6]}",
        description="The name of this worker in results and statuses. By default it is made from the "
        "machine's name.",
    )
    status_file: Path | None = Field(
        default=None, description="A file into which the generator writes its state, for the notebook."
    )
    idle_minutes: float = Field(
        default=0, ge=0, description="End after this many minutes without a job. 0 is never."
    )
    drain_seconds: float = Field(
        default=20.0,
        ge=0,
        description="How long jobs that are being written may take after the signal to stop.",
    )
    self_check: bool = Field(
        default=True, description="Whether the model solves each exercise that it wrote."
    )
    min_usable_share: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="The share of usable exercises that a model has to reach before it gets its first job.",
    )
    qualifying_exercises: int = Field(
        default=24, ge=3, le=60, description="How many exercises a model writes to qualify for its first job."
    )
    ignore_qualification: bool = Field(
        default=False, description="Take jobs even with a model that did not qualify."
    )
    ngrok_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="NGROK_API_KEY",
        description="A key of ngrok's API. With it a new address of the tunnel is found without a new "
        "ticket.",
    )
    ngrok_api_url: str = Field(
        default="https://api.ngrok.com",
        validation_alias="NGROK_API_URL",
        description="The address of ngrok's API.",
    )
    engine: EngineSettings = Field(default_factory=EngineSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    broker: BrokerSettings = Field(default_factory=BrokerSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    traces: TracingSettings = Field(default_factory=TracingSettings)
    logs: LogSettings = Field(default_factory=LogSettings)

    @property
    def named_model(self) -> str | None:
        """The model that the environment names, or None."""
        return self.model if "model" in self.model_fields_set else None
