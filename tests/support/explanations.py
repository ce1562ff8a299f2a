"""The problems that the checks find in an explanation."""

from homework_shared.exercises.checks import Check
from homework_shared.exercises.exercise import Exercise, FillInBlank, Translation
from homework_shared.language.examine import problems

OF_EXPLANATIONS = {Check.EXPLANATION_LANGUAGE, Check.EXPLANATION_OFF_TOPIC, Check.EXPLANATION_FALSE}


def found(question: str, answer: str, explanation: str) -> set[Check]:
    kind = FillInBlank if "___" in question else Translation
    text = question if "___" in question else f"Translate: {question}"
    exercise: Exercise = kind(question=text, correct_answer=answer, explanation=explanation)
    return {problem.check for problem in problems(exercise)} & OF_EXPLANATIONS
