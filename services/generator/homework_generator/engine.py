"""vLLM behind the two calls that the generator needs. The only file that imports vllm."""

import asyncio
import multiprocessing
from itertools import count
from typing import Any, Self

import structlog
from vllm import AsyncEngineArgs, SamplingParams, TokensPrompt
from vllm.exceptions import VLLMClientError
from vllm.lora.request import LoRARequest
from vllm.outputs import RequestOutput
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

from homework_generator import metrics
from homework_generator.errors import CannotStart, PromptRefused, Unusable
from homework_generator.model.plan import Plan
from homework_generator.writing.generate import Completion
from homework_generator.writing.schema import Schema
from homework_shared.errors import GeneratorLost
from homework_shared.worker.stats import WorkerStats

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MAX_TOKENS = 768
"""More than the longest text the schemas allow takes with a tokenizer that knows Italian."""
SHORTEST_ANSWER = 100
"""Tokens that an exercise takes at the very least."""


_SHUTDOWN_SECONDS = 2.0


def control_tokens(tokenizer: Any) -> frozenset[str]:
    """Everything that the tokenizer would read as one of its marks, also those it has no name for."""
    added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return frozenset({*tokenizer.all_special_tokens, *added})


def _load(arguments: dict[str, Any]) -> AsyncLLM:
    return AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments))


class VllmEngine:
    """One engine core process and the loop that feeds it."""

    def __init__(self, llm: AsyncLLM, plan: Plan, stats: WorkerStats) -> None:
        self._llm = llm
        self._plan = plan
        self._stats = stats
        self._tokenizer: Any = llm.get_tokenizer()
        self._special = control_tokens(self._tokenizer)
        self._names = count()
        self._lora = LoRARequest("homework", 1, str(plan.adapter)) if plan.adapter else None

    @classmethod
    async def start(cls, plan: Plan, stats: WorkerStats) -> Self:
        """Load the model, which takes a minute or more. Raises CannotStart."""
        # In a thread: loading blocks, and a SIGTERM has to be heard meanwhile.
        loading = asyncio.ensure_future(asyncio.to_thread(_load, plan.engine_arguments()))
        try:
            engine = cls(await asyncio.shield(loading), plan, stats)
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
        await engine._load_adapter()
        return engine

    async def _load_adapter(self) -> None:
        if self._lora is None:
            return
        try:
            # Read with the first request, an adapter that does not fit would kill the core.
            await self._llm.add_lora(self._lora)
        except BaseException as error:
            self.shutdown()
            if not isinstance(error, Exception):
                raise
            reason = " ".join(str(error).split())[:400]
            raise CannotStart(f"the adapter cannot be used: {reason}; merge it into its model") from error

    @property
    def dead(self) -> bool:
        return bool(self._llm.errored)

    def shutdown(self) -> None:
        """End the engine core and give its memory back."""
        self._llm.shutdown(timeout=_SHUTDOWN_SECONDS)

    async def complete(self, prompt: str, schema: Schema, seed: int) -> Completion:
        """See `generate.TextEngine`."""
        try:
            return self._counted(await self._last_output(prompt, schema, seed))
        except EngineDeadError as error:
            raise GeneratorLost("the engine core died") from error
        except EngineGenerateError as error:
            raise Unusable("engine_error", str(error.__cause__ or error)) from error
        except (VLLMClientError, ValueError) as error:
            raise PromptRefused(f"the model cannot take this prompt: {error}"[:300]) from error

    async def _last_output(self, prompt: str, schema: Schema, seed: int) -> RequestOutput:
        # New parameters for each request: vLLM writes its choice of backend into them. No seed on a
        # CPU: there one whose prompt is read in two chunks kills the engine core (0.32: "CPU Generator
        # does not use offset"). Without one each try draws other numbers all the same.
        parameters = SamplingParams(
            temperature=self._plan.temperature,
            top_p=0.95,
            seed=seed if self._plan.on_gpu else None,
            max_tokens=MAX_TOKENS,
            output_kind=RequestOutputKind.FINAL_ONLY,
            structured_outputs=StructuredOutputsParams(json=dict(schema)),
        )
        tokens = TokensPrompt(prompt_token_ids=self._fitting(prompt))
        outputs = self._llm.generate(tokens, parameters, f"{next(self._names)}", lora_request=self._lora)
        async for output in outputs:
            if output.finished:
                return output
        raise Unusable("engine_error", "the engine gave no answer")

    def _fitting(self, prompt: str) -> list[int]:
        # vLLM refuses what is longer than the context. What fills it would only be cut off, in each try.
        tokens, room = self._tokenize(prompt), self._plan.max_model_len
        if len(tokens) + SHORTEST_ANSWER > room:
            raise PromptRefused(
                f"the model cannot take this prompt: {len(tokens)} tokens leave no room in {room}"
            )
        return tokens

    def _tokenize(self, prompt: str) -> list[int]:
        # A teacher's topic that spells a control token must not become one.
        for token in self._special:
            prompt = prompt.replace(token, " ")
        if self._tokenizer.chat_template:
            turn = [{"role": "user", "content": prompt}]
            text = self._tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
            return list(self._tokenizer.encode(text, add_special_tokens=False))
        return list(self._tokenizer.encode(f"{prompt}\nJSON:\n"))

    def _counted(self, output: RequestOutput) -> Completion:
        written = output.outputs[0]
        prompt_tokens, completion_tokens = len(output.prompt_token_ids or ()), len(written.token_ids)
        self._stats.tokens += completion_tokens
        metrics.tokens.labels("prompt").inc(prompt_tokens)
        metrics.tokens.labels("completion").inc(completion_tokens)
        return Completion(written.text, written.finish_reason == "stop", prompt_tokens, completion_tokens)
