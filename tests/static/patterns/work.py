"""Runs all code that compiles patterns: exercises are written, judged, solved and graded."""

from types import SimpleNamespace

import httpx

from homework_api.grading.grade import grade
from homework_client.models.teaching import File
from homework_generator.model.prompt_format import PromptFormat
from homework_generator.writing.solving import is_solved
from homework_mock_generator.content import Content
from homework_mock_generator.generate import MockGenerator
from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.language.asked import Asked
from homework_shared.language.data import load
from homework_shared.language.examine import problems
from homework_shared.messaging.address import urls_in
from homework_shared.messaging.ticket import is_host
from tests.eval.judged import FILES, read
from tests.support.messages import job


def go_all_ways() -> None:
    _examine_what_was_judged()
    _write_and_grade()
    _ask_for_every_grammar()
    urls_in("amqp://one, amqp://two")
    is_host("example.org")
    offered = {"Content-Disposition": 'attachment; filename="quiz.csv"'}
    File.of(httpx.Response(200, headers=offered))
    tokenizer = SimpleNamespace(
        chat_template=None, bos_token_id=1, added_tokens_decoder={}, all_special_tokens=["<s>"],
        encode=lambda text, **_: list(text.encode()), apply_chat_template=None, convert_ids_to_tokens=str,
    )  # fmt: skip
    PromptFormat(tokenizer, None, ()).prompt("the sea")


def _examine_what_was_judged() -> None:
    for file in FILES:
        for judged in read(file):
            asked = Asked(judged.level, judged.grammar_focus or judged.grammar, judged.topic)
            problems(judged.exercise, asked)


def _write_and_grade() -> None:
    mock = MockGenerator(Content.load())
    for level in CefrLevel:
        for grammar in Grammar:
            wanted = job(cefr_level=level, grammar_focus=grammar, topic="il [mare]", quantity=20)
            written = mock.write(wanted)
            answers = [
                f"Lui dice e loro dicono: “{each.correct_answer}”, l'abbiamo detto." for each in written
            ]
            grade(written, answers)
            for exercise, answer in zip(written, answers, strict=True):
                problems(exercise, Asked(level, grammar, "the sea"))
                is_solved(exercise, answer)


def _ask_for_every_grammar() -> None:
    """Request every grammar, because the patterns for a teacher's words are compiled when they
    are requested.
    """
    [exercise] = MockGenerator(Content.load()).write(job(quantity=1))
    names = [alias for lesson in curriculum().grammars.values() for alias in (lesson.title, *lesson.aliases)]
    practised = [name.split("|")[0] for name, _, _ in load("practised")["named"]]
    for name in (*names, *practised):
        problems(exercise, Asked(CefrLevel.B1, name, None))
