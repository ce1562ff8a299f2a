"""Finds a server and the model on it, and starts an engine that uses them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog

from homework_generator.engines.engine import LONGEST_MODEL_NAME, Engine, EngineProfile
from homework_generator.engines.server.client import Pause, ServerClient
from homework_generator.engines.server.engine import BUSY_SECONDS, ServerEngine
from homework_generator.engines.server.probe import Found, explore
from homework_generator.errors import CannotStart
from homework_generator.model.plan import Row
from homework_generator.settings import GeneratorSettings
from homework_shared.exercises.messages import server_address
from homework_shared.worker.stats import WorkerStats

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ServerStarter:
    """Starts an engine on the server at ENGINE_URL, which may become unreachable and come back.

    `server` is its scheme, host and port, which may be shown to everybody.
    """

    returns_by_itself = True

    def __init__(self, settings: GeneratorSettings, url: str) -> None:
        self._settings = settings
        self._url = url
        try:
            self.server = server_address(url)
        except ValueError as error:
            raise CannotStart(f"ENGINE_URL names a host that cannot be shown to others: {error}") from error
        key = settings.server.api_key
        self._pause = Pause()
        self._key = key.get_secret_value() if key else None
        if self._key and not _is_private(url):
            log.warning(
                "key_in_clear", server=self.server, hint="use https: the key can be read on the network"
            )

    @property
    def model(self) -> str:
        return self._settings.named_model or "the server's only model"

    def rows(self) -> tuple[Row, ...]:
        return Row("server", self._url, "ENGINE_URL"), Row("model", self.model, "MODEL")

    async def check(self) -> tuple[Row, ...]:
        client = self._client()
        try:
            return _told(await self._explore(client), set_by_hand=self._at_once is not None)
        finally:
            await client.close()

    def fetch(self) -> None:
        """Does nothing: the model stays on the server."""

    async def start(self, stats: WorkerStats) -> Engine:
        if (seconds := self._pause.seconds) > BUSY_SECONDS:
            raise CannotStart(f"{self.server} asks for a pause of another {seconds:.0f} s")
        client = self._client()
        try:
            found = await self._explore(client)
        except BaseException:
            await client.close()
            raise
        log.info(
            "server_found", server=found.server, url=self.server, model=found.model,
            structured_output=str(found.dialect.structure), whole_schemas=found.dialect.whole_schemas,
            requests_at_once=found.requests_at_once,
        )  # fmt: skip
        shown = found.model[-LONGEST_MODEL_NAME:]
        profile = EngineProfile(found.server, shown, found.requests_at_once, self.server)
        return ServerEngine(client, profile, found.model, found.dialect, self._settings.engine, stats)

    @property
    def _at_once(self) -> int | None:
        return self._settings.engine.max_num_seqs

    def _client(self) -> ServerClient:
        return ServerClient(self._url, self._key, self._pause)

    async def _explore(self, client: ServerClient) -> Found:
        return await explore(client, self._settings.named_model, self._at_once)


def _told(found: Found, *, set_by_hand: bool) -> tuple[Row, ...]:
    dialect = found.dialect
    thinking = "kept quiet" if dialect.quiet else "no"
    return (
        Row("server", found.server, "the owner in its list of models"),
        Row("model", found.model, "its list of models"),
        Row("structured output", str(dialect.structure), "it answered as an unlikely schema asks"),
        Row("schemas", "whole" if dialect.whole_schemas else "simplified", "what it takes without an error"),
        Row("left away", ", ".join(sorted(dialect.refused)) or "nothing", "parameters that it refuses"),
        Row("thinks aloud", "yes, slow" if dialect.thinking else thinking, "its answer to a greeting"),
        Row(
            "at once",
            f"{found.requests_at_once} requests",
            "GENERATOR_MAX_NUM_SEQS" if set_by_hand else "answers that it wrote side by side",
        ),
    )


def _is_private(url: str) -> bool:
    """Whether the traffic cannot be read on its way."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
