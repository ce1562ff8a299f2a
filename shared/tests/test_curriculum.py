import pytest

from homework_shared.exercises.curriculum import Grammar, curriculum
from homework_shared.exercises.exercise import CefrLevel


@pytest.mark.parametrize(
    ("text", "grammars"),
    [
        ("present", [Grammar.PRESENT]),
        ("Present_Tense", [Grammar.PRESENT]),
        ("past_tense", [Grammar.PASSATO_PROSSIMO]),
        ("PASSATO PROSSIMO", [Grammar.PASSATO_PROSSIMO]),
        ("passato remoto", [Grammar.PASSATO_REMOTO]),
        ("congiuntivo", [Grammar.SUBJUNCTIVE_PRESENT]),
        ("il congiuntivo imperfetto", [Grammar.SUBJUNCTIVE_IMPERFECT]),
        ("imperfect subjunctive", [Grammar.SUBJUNCTIVE_IMPERFECT]),
        ("passato prossimo e imperfetto", [Grammar.PASSATO_PROSSIMO, Grammar.IMPERFETTO]),
        ("direct and indirect pronouns", [Grammar.DIRECT_PRONOUNS, Grammar.INDIRECT_PRONOUNS]),
        ("if-clauses", [Grammar.HYPOTHETICAL]),
        ("periodo ipotetico", [Grammar.HYPOTHETICAL]),
        ("verbi riflessivi", [Grammar.REFLEXIVES]),
        ("che ora è? numbers and time", [Grammar.NUMBERS_AND_TIME]),
        ("present continuous", [Grammar.GERUND]),
        ("L'imperativo", [Grammar.IMPERATIVE]),
        ("comparativi e superlativi", [Grammar.COMPARATIVES]),
        ("nouns_and_gender", [Grammar.NOUNS]),
        ("preposizioni semplici", [Grammar.PREPOSITIONS]),
        ("comparative adjectives", [Grammar.COMPARATIVES]),
        ("i comparativi degli aggettivi", [Grammar.COMPARATIVES]),
        ("second conditional", [Grammar.HYPOTHETICAL]),
    ],
)
def test_the_words_of_teachers_are_understood(text: str, grammars: list[Grammar]) -> None:
    focus = curriculum().focus(text)
    assert focus is not None
    assert sorted(focus.grammars) == sorted(grammars)
    assert not focus.only_nearest


@pytest.mark.parametrize(
    "text", ["tense", "___", "ché", "quantum physics", "", "il tempo", "Indirect speech", "time clauses"]
)
def test_a_focus_that_names_no_grammar_is_unknown(text: str) -> None:
    assert curriculum().focus(text) is None


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("trapassato prossimo", Grammar.PASSATO_PROSSIMO),
        ("futuro anteriore", Grammar.FUTURE),
        ("past subjunctive", Grammar.SUBJUNCTIVE_PRESENT),
        ("possessive adjectives", Grammar.ADJECTIVES),
        ("modal verbs", Grammar.PRESENT),
    ],
)
def test_a_focus_close_to_a_grammar_gives_that_one_as_the_nearest(text: str, nearest: Grammar) -> None:
    focus = curriculum().focus(text)
    assert focus is not None
    assert (focus.grammars, focus.only_nearest) == ((nearest,), True)


def test_a_single_kind_of_article_can_be_requested() -> None:
    focus = curriculum().focus("definite and indefinite articles")
    assert focus is not None
    assert (focus.grammars, set(focus.articles)) == ((Grammar.ARTICLES,), {"definite", "indefinite"})
    articulated = curriculum().focus("preposizioni-articolate")
    assert articulated is not None
    assert articulated.articles == ("articulated",)


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
        ("la salute", "health"),
        ("Shopping for clothes", "shopping"),
        ("calcio", "sport"),
        ("museums", "culture"),
        ("la storia di Roma", "history"),
        ("che tempo fa?", "weather"),
        ("quantum physics", None),
        (None, None),
    ],
)
def test_a_topic_is_one_for_which_there_are_words_or_none(text: str | None, topic: str | None) -> None:
    assert curriculum().topic(text) == topic


def test_every_grammar_and_every_level_is_described_and_every_alias_finds_its_grammar() -> None:
    known = curriculum()
    assert set(known.grammars) == set(Grammar)
    assert set(known.levels) == set(CefrLevel)
    for grammar, lesson in known.grammars.items():
        for alias in lesson.aliases:
            focus = known.focus(alias)
            assert focus is not None, alias
            assert grammar in focus.grammars, alias
