"""What a teacher's free text means: the grammar to practise and the topic to take words from."""

import re
from dataclasses import dataclass
from unicodedata import normalize

from homework_mock_generator.content import Content, Determiner, Grammar, Level, practised_level
from homework_shared.messages import GenerateHomework

MIXED = (Grammar.PRESENT, Grammar.PAST, Grammar.ARTICLES)


@dataclass(frozen=True)
class Scope:
    """What one homework is about."""

    level: Level
    grammars: tuple[Grammar, ...]
    determiners: tuple[Determiner, ...] = ()
    topic: str | None = None
    note: str = ""


def scope_of(job: GenerateHomework, content: Content) -> Scope:
    level = practised_level(job.cefr_level)
    topic = _topic(job.topic, content)
    if job.grammar_focus is None:
        return Scope(level, MIXED, topic=topic)
    wanted = words(job.grammar_focus) - set(content.noise)
    for focus in content.focuses:
        if any(wanted and wanted == words(alias) - set(content.noise) for alias in focus.aliases):
            return Scope(level, focus.grammars, focus.determiners, topic)
    return Scope(level, MIXED, topic=topic, note=_unknown(job.grammar_focus, level))


def _unknown(focus: str, level: Level) -> str:
    return f"No special practice on '{focus}' is available, so this is general practice at level {level}."


def words(text: str) -> frozenset[str]:
    """The words of a text in small letters, without accents: "Passato_Prossimo" → passato, prossimo."""
    plain = normalize("NFKD", text.casefold())
    without_accents = "".join(char for char in plain if ord(char) < 0x300 or ord(char) > 0x36F)
    return frozenset(re.findall(r"[^\W_]+", without_accents))


def _topic(text: str | None, content: Content) -> str | None:
    wanted = words(text or "")
    for name, aliases in content.topics.items():
        if any(words(alias) <= wanted for alias in aliases):
            return name
    return None
