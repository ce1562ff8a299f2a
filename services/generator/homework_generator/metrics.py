"""The metrics of the GPU generator, in addition to those of every worker."""

from prometheus_client import Counter

from homework_shared.observability.metrics import begin_at_zero

exercises = Counter(
    "homework_generator_exercises_total", "Exercises that a model wrote, by outcome", ["outcome"]
)
accepted_answers = Counter(
    "homework_generator_accepted_answers_total",
    "Further right answers that a model wrote: kept, or the check that dropped them",
    ["outcome"],
)
tokens = Counter("homework_generator_tokens_total", "Tokens that a model read and wrote", ["kind"])
engine_restarts = Counter("homework_generator_engine_restarts_total", "Engines rebuilt after their core died")

begin_at_zero(exercises, ("usable",))
begin_at_zero(accepted_answers, ("kept",))
begin_at_zero(tokens, ("prompt", "completion", "check_prompt", "check_completion"))
