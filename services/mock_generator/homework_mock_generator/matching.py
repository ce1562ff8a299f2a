"""Maps a job's request to the content: the grammars to practise, the topic of the words, and a note to the
class.

A note quotes nothing of what the teacher typed, because the class reads it and it might contain a pupil's
name.
"""

from dataclasses import dataclass

from homework_shared.exercises.curriculum import ArticleKind, Grammar, Topic, curriculum
from homework_shared.exercises.exercise import CefrLevel
from homework_shared.exercises.messages import GenerateHomework


@dataclass(frozen=True)
class Scope:
    """The grammars and the topic of one homework. `note` is added to every explanation."""

    level: CefrLevel
    grammars: tuple[Grammar, ...]
    articles: tuple[ArticleKind, ...] = ()
    topic: Topic | None = None
    note: str = ""


def scope_of(job: GenerateHomework) -> Scope:
    known, level = curriculum(), job.cefr_level
    general = known.levels[level].general
    topic = known.topic(job.topic)
    note = "" if topic or not job.topic else "There are no words on this topic here, so the topics are mixed."
    if job.grammar_focus is None:
        return Scope(level, general, topic=topic, note=note)
    focus = known.focus(job.grammar_focus)
    if focus is None:
        unknown = (
            "No special practice on the grammar that was asked for is available, "
            f"so this is general practice at level {level}."
        )
        return Scope(level, general, topic=topic, note=f"{unknown} {note}".strip())
    if focus.only_nearest:
        titles = " and ".join(known.grammars[grammar].title for grammar in focus.grammars)
        nearest = (
            f"No special practice on the grammar that was asked for is available; the nearest is {titles}."
        )
        note = f"{nearest} {note}".strip()
    return Scope(level, focus.grammars, focus.articles, topic, note)
