"""Reads what a job asks for: the grammars to practise, the topic of the words, and a note about them."""

import re
from dataclasses import dataclass

from homework_shared.exercises.checks import is_placeholder
from homework_shared.exercises.curriculum import ArticleKind, Grammar, Topic, curriculum
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.exercises.messages import GenerateHomework

LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Scope:
    """What one homework is about. `note` goes into every explanation."""

    level: CefrLevel
    grammars: tuple[Grammar, ...]
    articles: tuple[ArticleKind, ...] = ()
    topic: Topic | None = None
    note: str = ""


def scope_of(job: GenerateHomework) -> Scope:
    known, level = curriculum(), job.cefr_level
    general = known.levels[level].general
    topic = known.topic(job.topic)
    note = (
        ""
        if topic or not job.topic
        else f"There are no words on {_quoted(job.topic)} here, so the topics are mixed."
    )
    if job.grammar_focus is None:
        return Scope(level, general, topic=topic, note=note)
    focus = known.focus(job.grammar_focus)
    if focus is None:
        unknown = (
            f"No special practice on {_quoted(job.grammar_focus)} is available, "
            f"so this is general practice at level {level}."
        )
        return Scope(level, general, topic=topic, note=f"{unknown} {note}".strip())
    if focus.only_nearest:
        titles = " and ".join(known.grammars[grammar].title for grammar in focus.grammars)
        nearest = (
            f"No special practice on {_quoted(job.grammar_focus)} is available; the nearest is {titles}."
        )
        note = f"{nearest} {note}".strip()
    return Scope(level, focus.grammars, focus.articles, topic, note)


def _quoted(text: str) -> str:
    """The part of a teacher's words that an explanation may quote: "[vari]" would make it a placeholder, and
    no exercise would pass the checks."""
    tidy = " ".join(re.sub(r"[^\w '’,/-]", " ", text).split())[:LONGEST_QUOTE].strip()
    return f"'{tidy}'" if tidy and "___" not in tidy and not is_placeholder(tidy) else "what was asked for"
