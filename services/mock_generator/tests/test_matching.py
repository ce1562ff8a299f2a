from collections.abc import Callable

import pytest

from homework_mock_generator.content import Content, Grammar
from homework_mock_generator.generate import MockGenerator
from homework_mock_generator.matching import MIXED, scope_of
from homework_shared.messages import GenerateHomework

MakeJob = Callable[..., GenerateHomework]


@pytest.mark.parametrize(
    ("focus", "grammar"),
    [
        ("present", Grammar.PRESENT),
        ("Present_Tense", Grammar.PRESENT),
        ("presente indicativo", Grammar.PRESENT),
        ("past_tense", Grammar.PAST),
        ("PASSATO PROSSIMO", Grammar.PAST),
        ("present perfect", Grammar.PAST),
        ("articles", Grammar.ARTICLES),
        ("articoli determinativi", Grammar.ARTICLES),
        ("preposizioni-articolate", Grammar.ARTICLES),
    ],
)
def test_what_teachers_write_is_understood(
    content: Content, make_job: MakeJob, focus: str, grammar: Grammar
) -> None:
    scope = scope_of(make_job(grammar_focus=focus), content)
    assert scope.grammars == (grammar,)
    assert scope.note == ""


@pytest.mark.parametrize(
    "focus",
    [
        "congiuntivo presente",
        "passato remoto",
        "present continuous",
        "future",
        "tense",
        "___",
        "ché",
        "past simple x",
    ],
)
def test_an_unknown_focus_is_mixed_practice_and_every_explanation_says_so(
    content: Content, generator: MockGenerator, make_job: MakeJob, focus: str
) -> None:
    job = make_job(grammar_focus=focus, cefr_level="A2")
    assert scope_of(job, content).grammars == MIXED
    note = f"No special practice on '{focus}' is available, so this is general practice at level A2."
    assert all(exercise.explanation.endswith(note) for exercise in generator.write(job))


def test_no_focus_is_mixed_practice_without_a_note(content: Content, make_job: MakeJob) -> None:
    scope = scope_of(make_job(), content)
    assert (scope.grammars, scope.note) == (MIXED, "")


@pytest.mark.parametrize("level", ["B1", "B2", "C1", "C2"])
def test_levels_above_b1_get_the_b1_content(content: Content, make_job: MakeJob, level: str) -> None:
    assert scope_of(make_job(cefr_level=level), content).level == "B1"


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("daily_routine", "daily routine"),
        ("Il cibo italiano", "food"),
        ("Travelling in Italy", "travel"),
        ("la mia famiglia", "family"),
        ("At the office", "work"),
        ("l'università", "school"),
        ("tempo libero", "leisure"),
        ("il tempo", None),
        ("quantum physics", None),
        (None, None),
    ],
)
def test_a_topic_is_one_we_have_words_for_or_none(
    content: Content, make_job: MakeJob, text: str | None, topic: str | None
) -> None:
    assert scope_of(make_job(topic=text), content).topic == topic


def test_every_topic_and_time_that_the_data_names_exists(content: Content) -> None:
    complements = [complement for verb in content.verbs for complement in verb.complements]
    named = {topic for complement in complements for topic in complement.topics}
    named |= {topic for noun in content.nouns for topic in noun.topics}
    assert named == set(content.topics)
    assert {complement.when for complement in complements} - {None} == set(content.times)
