"""The engine of a worker whose model is on a server."""

import time

import structlog

from homework_generator import metrics
from homework_generator.engines.engine import EngineProfile
from homework_generator.engines.server.answer import Answer, gather_answer
from homework_generator.engines.server.client import LONGEST_PAUSE_SECONDS, ServerClient
from homework_generator.engines.server.dialect import Dialect, Question, json_object_in
from homework_generator.engines.server.errors import Broken, Busy, Refused, ServerError
from homework_generator.engines.server.limit import RequestLimit
from homework_generator.engines.tokens import COMPLETION_TOKENS, LONGEST_SOLUTION, PROMPT_TOKENS
from homework_generator.errors import PromptRefused, Unusable
from homework_generator.settings import EngineSettings
from homework_generator.writing.requests import Completion, Purpose, Request
from homework_shared.errors import GeneratorLost
from homework_shared.worker.stats import WorkerStats

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BUSY_SECONDS = LONGEST_PAUSE_SECONDS
"""A server that has answered nothing but "busy" for so long is no use to the jobs that wait for it here."""

FORGOTTEN_SECONDS = 10.0
"""After the pause that a busy server asked for. Busy again later than that is another time of being busy."""

CUT_OFF = frozenset({"length", "max_tokens", "content_filter"})
"""Reasons to end that leave a text unfinished. The others have many names: stop, eos, end_turn."""

FAILURES_IN_A_ROW = 8
"""One request may fail by its own fault. So many without a single answer between them are the server's."""


class ServerEngine:
    """Writes with a server's model. The self-check asks for a solution in words, because few of these servers
    return log-probabilities.
    """

    dead = False

    def __init__(
        self,
        client: ServerClient,
        profile: EngineProfile,
        model: str,
        dialect: Dialect,
        settings: EngineSettings,
        stats: WorkerStats,
    ) -> None:
        self.profile = profile
        self._client = client
        self._model = model
        self._dialect = dialect
        self._settings = settings
        self._stats = stats
        self._limit = RequestLimit(profile.requests_at_once)
        self._failures = 0
        self._busy_since: float | None = None
        self._busy_until = 0.0

    async def close(self) -> None:
        """See `engines.engine.Engine`."""
        await self._client.close()

    async def complete(self, request: Request) -> Completion:
        """See `requests.TextEngine`. While the server is busy, the request waits; the job's deadline ends the
        wait.
        """
        body = self._dialect.body(self._model, self._question(request))
        while True:
            async with self._limit.turn() as turn:
                try:
                    answer = await gather_answer(self._client.chat(body), self._count_piece)
                except Busy as error:
                    self._note_busy(error, turn)
                except ServerError as error:
                    raise self._failed(error) from error
                else:
                    return self._answered(request.purpose, answer)

    def _question(self, request: Request) -> Question:
        settings, schema, seed = self._settings, request.schema, request.seed
        if request.purpose is Purpose.SOLVE:
            return Question(request.prompt, LONGEST_SOLUTION, seed=seed, schema=schema)
        return Question(request.prompt, settings.max_tokens, settings.temperature, 0.95, seed, schema)

    def _answered(self, purpose: Purpose, answer: Answer) -> Completion:
        self._limit.answered()
        self._failures, self._busy_since = 0, None
        # Pieces are counted as they arrive, so that a slow answer does not look like a hang. The server's
        # count is the right one; the difference is only ever added, because a decrease between two statuses
        # would be a negative rate.
        self._stats.tokens += max(0, answer.completion_tokens - answer.pieces)
        metrics.tokens.labels(PROMPT_TOKENS[purpose]).inc(answer.prompt_tokens)
        metrics.tokens.labels(COMPLETION_TOKENS[purpose]).inc(answer.completion_tokens)
        return Completion(
            json_object_in(answer.text),
            answer.finish_reason not in CUT_OFF,
            answer.prompt_tokens,
            answer.completion_tokens,
        )

    def _note_busy(self, error: Busy, turn: int) -> None:
        now = time.monotonic()
        if self._busy_since is None or now > self._busy_until + FORGOTTEN_SECONDS:
            self._busy_since = now
        self._busy_until = now + error.seconds
        self._limit.busy(turn)
        log.info("server_busy", error=str(error), seconds=round(error.seconds, 1), limit=self._limit.allowed)
        if error.seconds > BUSY_SECONDS or now - self._busy_since > BUSY_SECONDS:
            raise GeneratorLost(f"the server accepts no work now: {error}") from error

    def _failed(self, error: ServerError) -> Exception:
        if isinstance(error, Refused):
            # The prompt is at fault: if a topic is refused, so are the jobs of the whole class.
            return PromptRefused(f"the model cannot take this prompt: {error}"[:300])
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            return GeneratorLost(f"{self._failures} requests failed one after another: {error}")
        if isinstance(error, Broken):
            return Unusable("engine_error", str(error))
        return GeneratorLost(str(error))

    def _count_piece(self) -> None:
        self._stats.tokens += 1
