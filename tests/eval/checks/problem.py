"""The checks on trial by name, and what a check says."""

from dataclasses import dataclass
from enum import StrEnum

from homework_shared.exercises.exercise import CefrLevel


class Check(StrEnum):
    LANGUAGE = "language"
    DEGENERATE = "degenerate"
    ORTHOGRAPHY = "orthography"
    ARTICLE = "article"
    PREPOSITION = "preposition"
    NOUN_AGREEMENT = "noun_agreement"
    VERB_AGREEMENT = "verb_agreement"
    AUXILIARY = "auxiliary"
    PARTICIPLE = "participle"
    MOOD = "mood"
    TIME = "time"
    GAP_FIT = "gap_fit"
    HINT_MISMATCH = "hint_mismatch"
    OPTIONS = "options"
    EXPLANATION_LANGUAGE = "explanation_language"
    EXPLANATION_OFF_TOPIC = "explanation_off_topic"
    EXPLANATION_FALSE = "explanation_false"
    ENGLISH = "english"
    MEANING = "meaning"
    FALSE_FRIEND = "false_friend"
    SENSE = "sense"
    GRAMMAR_PRACTISED = "grammar_practised"
    LEVEL = "level"
    TOPIC = "topic"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True)
class Problem:
    """`detail` is for logs: it quotes nothing of the exercise."""

    check: StrEnum
    detail: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the job asked for, as far as the caller knows: some checks need it."""

    level: CefrLevel | None = None
    grammar_focus: str | None = None
    topic: str | None = None


NOTHING_ASKED = Asked()
