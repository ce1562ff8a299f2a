"""The prompt for one exercise. What all share comes first, so that the engine's prefix cache holds it;
what sets this one apart comes last."""

import json
from collections.abc import Mapping
from random import Random

from homework_shared.exercises import CefrLevel, ExerciseType, types_in_turn
from homework_shared.messages import GenerateHomework

_PREAMBLE = """\
You write homework for English-speaking students of Italian. Write one exercise as one JSON object.
Italian sentences are natural, correct and complete. Explanations are one or two English sentences on
the grammar that the answer shows. The answer must not be visible in the question.

A fill_in_blank has one gap ___ and its hint, a base form or an English word, in parentheses at the end:
{"type":"fill_in_blank","question":"Ogni mattina Marco ___ il caffè al bar. (bere)",\
"correct_answer":"beve","explanation":"Bere is irregular: its stem is bev-, so the form for lui is beve."}
A translation is one English sentence to put into Italian:
{"type":"translation","question":"Translate: We live near the sea.",\
"correct_answer":"Abitiamo vicino al mare.","explanation":"Vicino a joins with il and becomes vicino al."}
A multiple_choice has one gap ___ and three wrong options that a student might well choose:
{"type":"multiple_choice","question":"Queste scarpe sono troppo ___.","correct_answer":"strette",\
"wrong_options":["stretto","stretti","stretta"],\
"explanation":"Scarpe is feminine plural, so the adjective ends in -e."}
"""

_LEVELS: Mapping[CefrLevel, str] = {
    CefrLevel.A1: "short main clauses, present tense, words of daily life",
    CefrLevel.A2: "simple sentences, present and past, common verbs",
    CefrLevel.B1: "connected clauses, all the usual tenses of the indicative",
    CefrLevel.B2: "complex sentences, subjunctive and conditional where they belong",
    CefrLevel.C1: "varied register, idioms, every mood and tense",
    CefrLevel.C2: "literary and idiomatic Italian, fine shades of meaning",
}

_PEOPLE = (
    "Giulia", "Paolo", "Chiara", "Luca", "Elena", "Davide", "Sara", "Matteo", "Irene", "Stefano", "Anna",
    "Pietro", "Marta", "Enrico", "Silvia", "Fabio", "Laura", "Nicola", "Valentina", "Simone", "Teresa",
    "Carlo", "Beatrice", "Giorgio", "my grandmother", "our neighbours", "the twins", "a tourist", "my boss",
    "the doctor", "two friends", "the baker", "a student", "your cousin", "the team", "my parents",
)  # fmt: skip
_DETAILS = (
    "a rainy morning", "a lost key", "a birthday", "the last train", "a letter", "an old bicycle",
    "a mistake", "a long queue", "the first day", "a broken phone", "a garden", "a promise",
    "the weekend", "a surprise", "a small village", "the market", "a photograph", "an exam",
    "a neighbour's dog", "the seaside", "a recipe", "a new job", "a late bus", "the library", "a song",
    "a walk", "an invitation", "the mountains", "a present", "a cold evening", "a museum", "a holiday",
    "a secret", "the kitchen", "an umbrella", "a good idea",
)  # fmt: skip


def prompts(job: GenerateHomework) -> list[str]:
    """One prompt per exercise, in order. The job's seed sets classmates' prompts apart."""
    chance = Random(job.seed)
    people, details = chance.sample(_PEOPLE, job.quantity), chance.sample(_DETAILS, job.quantity)
    shared = f"{_PREAMBLE}\n{_request(job)}"
    return [
        f"{shared}Type: {kind.value}\nIt is about {person} and {detail}; let these two inspire it.\n"
        for kind, person, detail in zip(kinds_of(job), people, details, strict=True)
    ]


def kinds_of(job: GenerateHomework) -> list[ExerciseType]:
    """The type of each exercise, in order."""
    return types_in_turn(job.exercise_types, job.quantity)


def _request(job: GenerateHomework) -> str:
    lines = [f"Level: {job.cefr_level.value} ({_LEVELS[job.cefr_level]})"]
    # The teacher's words are quoted data. What they may achieve is bounded by the schema.
    if job.grammar_focus:
        lines.append(f"Grammar to practise: {json.dumps(job.grammar_focus, ensure_ascii=False)}")
    if job.topic:
        lines.append(f"Topic: {json.dumps(job.topic, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
