"""Computes whether and how a model fits the GPU, before anything is downloaded or loaded.

Sizes follow from config.json: weights are parameters times bytes, and one token's keys and values take 2 x
layers x key-value heads x head size x bytes.
"""

from dataclasses import dataclass

from homework_generator.errors import CannotStart
from homework_generator.model.files import Model
from homework_generator.model.hardware import GIB, Gpu
from homework_generator.model.plan import Plan, Row
from homework_generator.model.shape import ModelShape
from homework_generator.settings import EngineSettings

OLDEST_CAPABILITY = (7, 5)
BF16_CAPABILITY = (8, 0)

ENGINE_BYTES = int(1.2 * GIB)
"""What vLLM takes beside weights and cache: CUDA context, activations, graphs of the batch sizes."""

CONTEXT_BYTES = GIB // 2
"""What CUDA itself takes before vLLM looks at what is free."""

PROMPT_AND_ANSWER = 1536
"""Tokens of the longest prompt and answer we send; less context than this is not worth loading for."""

LONGEST_CONTEXT = 4096
MOST_SEQUENCES = 128
TYPICAL_TOKENS = 900
"""Prompt and answer of a usual exercise: what a running request keeps in the cache."""

CPU_SEQUENCES = 64


@dataclass(frozen=True, slots=True)
class _Fit:
    quantization: str | None
    weights: int
    cache_tokens: int


def choose(model: Model, gpu: Gpu | None, settings: EngineSettings) -> Plan:
    """The plan for this model on this machine. Raises CannotStart with the numbers if it does not fit."""
    shape = model.shape
    if settings.max_model_len and settings.max_model_len > shape.context:
        raise CannotStart(
            f"GENERATOR_MAX_MODEL_LEN is {settings.max_model_len}, but this model's context is "
            f"{shape.context}: lower it"
        )
    rows = [Row("model", f"{model.name} ({shape.architecture})", "MODEL")]
    if gpu is None:
        return _on_cpu(model, settings, rows)
    return _on_gpu(model, gpu, settings, rows)


def _on_cpu(model: Model, settings: EngineSettings, rows: list[Row]) -> Plan:
    context = settings.max_model_len or min(model.shape.context, LONGEST_CONTEXT)
    sequences = settings.max_num_seqs or CPU_SEQUENCES
    dtype = settings.dtype or "float32"
    rows += [
        Row("device", "CPU", "no NVIDIA driver here; slow, but real"),
        Row("context", f"{context} tokens", _reason(settings.max_model_len, "the model's, at most 4096")),
        Row("batch", f"{sequences} requests", _reason(settings.max_num_seqs, "a usual batch for a CPU")),
        Row("dtype", dtype, _reason(settings.dtype, "few CPUs multiply half precision as fast")),
    ]
    return _plan(model, settings, dtype, settings.quantization, context, sequences, rows)


def _on_gpu(model: Model, gpu: Gpu, settings: EngineSettings, rows: list[Row]) -> Plan:
    if gpu.capability < OLDEST_CAPABILITY and not settings.ignore_fit:
        raise CannotStart(
            f"the {gpu.name} has compute capability {_dotted(gpu.capability)}, and vLLM needs 7.5 or newer: "
            "choose a T4, L4 or A100"
        )
    dtype = settings.dtype or ("bfloat16" if gpu.capability >= BF16_CAPABILITY else "half")
    share = _share(gpu, settings)
    fit = _fit(model.shape, gpu, settings, dtype, share)
    context = settings.max_model_len or _context(model.shape, fit)
    sequences = settings.max_num_seqs or max(1, min(MOST_SEQUENCES, fit.cache_tokens // TYPICAL_TOKENS))
    rows += [
        Row("GPU", f"{gpu.name}, {gpu.free / GIB:.1f} of {gpu.total / GIB:.1f} GiB free", "nvidia-smi"),
        Row("dtype", dtype, _reason(settings.dtype, f"compute capability {_dotted(gpu.capability)}")),
        Row("weights", f"{fit.weights / GIB:.1f} GiB, {fit.quantization or 'not quantised'}",
            _reason(settings.quantization, "fp8 only where full precision does not fit")),
        Row("memory share", f"{share:.2f} of the GPU",
            _reason(settings.gpu_memory_utilization, "what is free")),
        Row("cache", f"{fit.cache_tokens} tokens", "what is left beside weights and engine"),
        Row("context", f"{context} tokens",
            _reason(settings.max_model_len, "the model's, at most 4096 and what the cache holds")),
        Row("batch", f"{sequences} requests", _reason(settings.max_num_seqs, f"cache / {TYPICAL_TOKENS}")),
    ]  # fmt: skip
    return _plan(model, settings, dtype, fit.quantization, context, sequences, rows, share)


def _fit(shape: ModelShape, gpu: Gpu, settings: EngineSettings, dtype: str, share: float) -> _Fit:
    """The first of full precision and fp8 that leaves room for one whole request."""
    can_quantize = settings.quantization is None and not shape.quantized
    choices = [settings.quantization, "fp8_per_tensor"] if can_quantize else [settings.quantization]
    room = settings.tensor_parallel_size * (int(share * gpu.total) - ENGINE_BYTES)
    per_token = shape.cache_bytes_per_token(dtype)
    fits = [_measure(shape, dtype, choice, room, per_token) for choice in choices]
    # vLLM starts only if the cache holds one request of the whole context.
    whole = settings.max_model_len or min(shape.context, PROMPT_AND_ANSWER)
    for fit in fits:
        if fit.cache_tokens >= whole:
            return fit
    if settings.ignore_fit:
        return fits[-1]
    needs = " or ".join(f"{fit.weights / GIB:.1f} GiB ({fit.quantization or dtype})" for fit in fits)
    cache = whole * per_token / GIB
    raise CannotStart(
        f"the model does not fit: its weights take {needs}, the engine {ENGINE_BYTES / GIB:.1f} GiB and the "
        f"cache at least {cache:.2f} GiB, but of the {gpu.name}'s {gpu.total / GIB:.1f} GiB only "
        f"{gpu.free / GIB:.1f} GiB are free: end what else uses it, or choose a smaller model or a larger GPU"
    )


def _measure(shape: ModelShape, dtype: str, quantization: str | None, room: int, per_token: int) -> _Fit:
    weights = shape.weight_bytes(dtype, quantization)
    return _Fit(quantization, weights, max(0, (room - weights) // max(1, per_token)))


def _context(shape: ModelShape, fit: _Fit) -> int:
    most = min(shape.context, LONGEST_CONTEXT)
    return most if fit.cache_tokens >= most else max(fit.cache_tokens, PROMPT_AND_ANSWER)


def _share(gpu: Gpu, settings: EngineSettings) -> float:
    """vLLM takes its share of the whole GPU and refuses to start if less is free."""
    asked = settings.gpu_memory_utilization
    if asked is None:
        spare = max(gpu.total // 50, CONTEXT_BYTES)
        return max(0.05, min(0.92, int((gpu.free - spare) / gpu.total * 100) / 100))
    if asked * gpu.total > gpu.free and not settings.ignore_fit:
        raise CannotStart(
            f"GENERATOR_GPU_MEMORY_UTILIZATION asks for {asked * gpu.total / GIB:.1f} GiB of the {gpu.name}, "
            f"but {gpu.free / GIB:.1f} GiB are free: lower it, or end what else uses the GPU"
        )
    return asked


def _plan(
    model: Model,
    settings: EngineSettings,
    dtype: str,
    quantization: str | None,
    context: int,
    sequences: int,
    rows: list[Row],
    share: float | None = None,
) -> Plan:
    if model.revision is not None:
        rows = [
            *rows,
            Row("Revision", model.revision[:12], "the commit read; MODEL_REVISION keeps it"),
        ]
    return Plan(
        model=model.path,
        dtype=dtype,
        quantization=quantization,
        max_model_len=context,
        max_num_seqs=sequences,
        gpu_memory_utilization=share,
        settings=settings,
        adapter=model.adapter,
        adapter_rank=model.adapter_rank,
        rows=tuple(rows),
        architecture=model.shape.architecture,
        revision=model.revision,
    )


def _reason(given: object, ours: str) -> str:
    return ours if given is None else "as you set it"


def _dotted(capability: tuple[int, int]) -> str:
    return f"{capability[0]}.{capability[1]}"
