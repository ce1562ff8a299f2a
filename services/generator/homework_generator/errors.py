"""What can go wrong with a model, and whose problem it is."""

from homework_shared.errors import PermanentError


class Unusable(Exception):
    """One try gave no exercise: ask again. `outcome` is its name in the metrics."""

    def __init__(self, outcome: str, why: str = "") -> None:
        super().__init__(why or outcome)
        self.outcome = outcome


class PromptRefused(PermanentError):
    """The model cannot take this prompt, so another kind of generator has to take the job."""

    code = "prompt_refused"


class NoUsableExercise(PermanentError):
    """The model wrote nothing usable in all its tries."""

    code = "no_usable_exercise"


class CannotStart(Exception):
    """The model is not there, or does not fit this machine. The text says what to do."""
