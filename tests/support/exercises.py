"""Short constructors of exercises, for tests of the checks."""

from homework_shared.exercises.exercise import Exercise, FillInBlank, MultipleChoice, Translation
from homework_shared.language.examine import problems


def gap(question: str, answer: str, *options: str, explanation: str = "") -> Exercise:
    """A fill-in exercise, or, with `options` as the wrong ones, a multiple-choice exercise."""
    text = explanation or f"“{answer}” is the form of the verb or the word that fits here."
    if options:
        given = {"question": question, "correct_answer": answer, "explanation": text}
        return MultipleChoice.model_validate(given | {"options": (answer, *options)})
    return FillInBlank(question=question, correct_answer=answer, explanation=text)


def italian(sentence: str, cue: str = "") -> Exercise:
    """A translation whose Italian is checked. Its English says nothing about the sentence."""
    question = f"Translate: What is said here is said in Italian. {cue}".strip()
    explanation = f"“{sentence.split()[0].strip(',.!?')}” is the word that the sentence opens with."
    return Translation(question=question, correct_answer=sentence, explanation=explanation)


def refused_for(exercise: Exercise) -> set[str]:
    """The checks that the Italian fails. Whether the English means the same is left out."""
    left_out = {"meaning", "english", "explanation_off_topic", "sense"}
    return {str(problem.check) for problem in problems(exercise)} - left_out
