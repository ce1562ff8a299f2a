"""vLLM as an engine. This is the only file that imports vllm."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Sequence
from itertools import count
from typing import Any, Self, TypeVar

import structlog
from vllm import AsyncEngineArgs, SamplingParams, TokensPrompt
from vllm.exceptions import VLLMClientError
from vllm.lora.request import LoRARequest
from vllm.outputs import RequestOutput
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

from homework_generator import metrics
from homework_generator.engines.engine import EngineProfile
from homework_generator.engines.tokens import COMPLETION_TOKENS, LONGEST_SOLUTION, PROMPT_TOKENS
from homework_generator.errors import CannotStart, PromptRefused, Unusable
from homework_generator.model.files import model_file
from homework_generator.model.plan import Plan
from homework_generator.model.prompt_format import PromptFormat, given_template, lacks_bos, stop_ids
from homework_generator.writing.requests import Completion, Likelihoods, Purpose, Request
from homework_shared.errors import GeneratorLost
from homework_shared.worker.stats import WorkerStats

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

T = TypeVar("T")

SHORTEST_ANSWER = 100
"""Tokens that an exercise takes at the very least."""

_SHUTDOWN_SECONDS = 2.0


def _load(arguments: dict[str, Any]) -> AsyncLLM:
    return AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments))


class VllmEngine:
    """One engine core process and the loop that feeds it."""

    def __init__(self, llm: AsyncLLM, plan: Plan, profile: EngineProfile, stats: WorkerStats) -> None:
        self._llm = llm
        self._plan = plan
        self.profile = profile
        self._stats = stats
        template = given_template(plan.settings.chat_template)
        stops = stop_ids(model_file(plan.model, "generation_config.json", plan.revision))
        self._format = PromptFormat(llm.get_tokenizer(), template, stops)
        self._names = count()
        self._lora = LoRARequest("homework", 1, str(plan.adapter)) if plan.adapter else None

    @classmethod
    async def start(cls, plan: Plan, profile: EngineProfile, stats: WorkerStats) -> Self:
        """Load the model, which takes a minute or more. Raises CannotStart."""
        # Loading runs in a thread, because it blocks and SIGTERM has to be handled meanwhile.
        loading = asyncio.ensure_future(asyncio.to_thread(_load, plan.engine_arguments()))
        try:
            engine = cls(await asyncio.shield(loading), plan, profile, stats)
        except asyncio.CancelledError:
            # The thread cannot be cancelled, but it ends when the core that it waits for does.
            while not loading.done():
                for child in multiprocessing.active_children():
                    child.kill()
                await asyncio.wait({loading}, timeout=0.2)
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:400]
            raise CannotStart(
                f"the engine did not start ({reason}): its own messages are above; when memory ran out, "
                "lower GENERATOR_GPU_MEMORY_UTILIZATION or GENERATOR_MAX_NUM_SEQS, or choose a smaller model"
            ) from error
        if lacks_bos(engine._format, plan.architecture):
            log.warning(
                "no_bos", model=plan.model, hint="prompts lack the mark of beginning that this model was "
                "trained with: was its tokenizer converted? GENERATOR_CHAT_TEMPLATE can bring it",
            )  # fmt: skip
        await engine._load_adapter()
        return engine

    async def _load_adapter(self) -> None:
        if self._lora is None:
            return
        try:
            # The adapter is loaded here: if it were loaded with the first request and did not fit, it would
            # kill the core.
            await self._llm.add_lora(self._lora)
        except BaseException as error:
            self._shut_down()
            if not isinstance(error, Exception):
                raise
            reason = " ".join(str(error).split())[:400]
            raise CannotStart(f"the adapter cannot be used: {reason}; merge it into its model") from error

    @property
    def dead(self) -> bool:
        return bool(self._llm.errored)

    async def close(self) -> None:
        """See `engines.engine.Engine`."""
        self._shut_down()

    def _shut_down(self) -> None:
        """End the engine core and free its memory."""
        self._llm.shutdown(timeout=_SHUTDOWN_SECONDS)

    async def complete(self, request: Request) -> Completion:
        """See `requests.TextEngine`."""
        return await _translating_errors(self._complete(request))

    async def log_likelihoods(self, texts: Sequence[str]) -> Likelihoods:
        """See `requests.SentenceScorer`."""
        scored = await asyncio.gather(*(_translating_errors(self._score(text)) for text in texts))
        values, counts = zip(*scored, strict=True)
        return Likelihoods(values, prompt_tokens=sum(counts), completion_tokens=len(counts))

    async def _complete(self, request: Request) -> Completion:
        tokens = self._fitting(request.prompt)
        text, completion_tokens, finish_reason = "", 0, None
        async for output in self._generate(tokens, self._parameters(request)):
            part = output.outputs[0]
            text += part.text
            completion_tokens += len(part.token_ids)
            self._count(request.purpose, len(part.token_ids))
            finish_reason = part.finish_reason
        if finish_reason is None:
            raise Unusable("engine_error", "the engine gave no answer")
        metrics.tokens.labels(PROMPT_TOKENS[request.purpose]).inc(len(tokens))
        return Completion(text, finish_reason == "stop", len(tokens), completion_tokens)

    async def _score(self, text: str) -> tuple[float, int]:
        tokens = self._format.sentence(text)
        parameters = SamplingParams(temperature=0, max_tokens=1, prompt_logprobs=0, detokenize=False)
        total = 0.0
        async for output in self._generate(tokens, parameters):
            # The first token has no probability: nothing stands before it.
            ranked = zip(tokens[1:], (output.prompt_logprobs or [])[1:], strict=True)
            total = sum(found[token].logprob for token, found in ranked)
        metrics.tokens.labels("check_prompt").inc(len(tokens))
        self._count(Purpose.SOLVE, 1)
        return total, len(tokens)

    def _generate(self, tokens: list[int], parameters: SamplingParams) -> AsyncIterator[RequestOutput]:
        prompt, name = TokensPrompt(prompt_token_ids=tokens), f"{next(self._names)}"
        outputs: AsyncIterator[RequestOutput] = self._llm.generate(
            prompt, parameters, name, lora_request=self._lora
        )
        return outputs

    def _parameters(self, request: Request) -> SamplingParams:
        # Each request gets new parameters, because vLLM writes its choice of backend into them. On a CPU
        # there is no seed: there a request whose prompt is read in two chunks kills the engine core (0.32:
        # "CPU Generator does not use offset"). Each try draws other numbers without a seed too.
        writes = request.purpose is Purpose.WRITE
        return SamplingParams(
            temperature=self._plan.temperature if writes else 0,
            top_p=0.95 if writes else 1,
            seed=request.seed if self._plan.on_gpu else None,
            max_tokens=self._plan.settings.max_tokens if writes else LONGEST_SOLUTION,
            stop_token_ids=list(self._format.stop_ids),
            output_kind=RequestOutputKind.DELTA,
            structured_outputs=StructuredOutputsParams(json=dict(request.schema)),
        )

    def _fitting(self, prompt: str) -> list[int]:
        # vLLM refuses a prompt that is longer than the context. A prompt that fills it would only be cut off,
        # in each try.
        tokens, room = self._format.prompt(prompt), self._plan.max_model_len
        if len(tokens) + SHORTEST_ANSWER > room:
            raise PromptRefused(
                f"the model cannot take this prompt: {len(tokens)} tokens leave no room in {room}"
            )
        return tokens

    def _count(self, purpose: Purpose, completion_tokens: int) -> None:
        self._stats.tokens += completion_tokens
        metrics.tokens.labels(COMPLETION_TOKENS[purpose]).inc(completion_tokens)


async def _translating_errors(work: Awaitable[T]) -> T:
    try:
        return await work
    except EngineDeadError as error:
        raise GeneratorLost("the engine core died") from error
    except EngineGenerateError as error:
        raise Unusable("engine_error", str(error.__cause__ or error)) from error
    except (VLLMClientError, ValueError) as error:
        raise PromptRefused(f"the model cannot take this prompt: {error}"[:300]) from error
