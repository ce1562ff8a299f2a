"""The errors of a model, by who can solve the problem."""

from homework_shared.errors import PermanentError


class Unusable(Exception):
    """One try did not result in an exercise: retry. `outcome` is its name in the metrics."""

    def __init__(self, outcome: str, why: str = "") -> None:
        super().__init__(why or outcome)
        self.outcome = outcome


class PromptRefused(PermanentError):
    """The model cannot process this prompt, so another kind of generator has to take the job."""

    code = "prompt_refused"


class NoUsableExercise(PermanentError):
    """The model wrote no usable exercise in all its tries."""

    code = "no_usable_exercise"


class CannotStart(Exception):
    """The model is missing, or does not fit this machine. The text says what to do."""
