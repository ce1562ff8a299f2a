"""Short constructors of exercises, for tests of the checks."""

from homework_shared.exercises.exercise import Exercise, FillInBlank, MultipleChoice


def gap(question: str, answer: str, *options: str, explanation: str = "") -> Exercise:
    """A fill-in exercise, or, with `options` as the wrong ones, a multiple-choice exercise."""
    text = explanation or f"“{answer}” is the form of the verb or the word that fits here."
    if options:
        given = {"question": question, "correct_answer": answer, "explanation": text}
        return MultipleChoice.model_validate(given | {"options": (answer, *options)})
    return FillInBlank(question=question, correct_answer=answer, explanation=text)
