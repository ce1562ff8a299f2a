"""The spelling of a noun's plural, where a rule determines it."""

import re

from homework_shared.language.italian.nouns import FEMININE, SINGULAR, agreement_of

_SOFT = re.compile(r".*[cg]ia")
_VOWEL_BEFORE = re.compile(r".*[aeiou][cg]ia")


def misspelt_plurals(singular: str) -> frozenset[str]:
    """The wrong plurals that learners write and that the rules for -cia, -gia, -ca, -ga and -go exclude."""
    stem = singular[:-1]
    if not agreement_of(singular) & SINGULAR:
        return frozenset()
    if _SOFT.fullmatch(singular) and agreement_of(singular) <= FEMININE:
        # "Camicie" keeps its i after a vowel, and "arance" loses it after a consonant. In "farmacie" the i is
        # stressed.
        return frozenset({f"{stem[:-1]}e"} if _VOWEL_BEFORE.fullmatch(singular) else {f"{stem}e"} - _STRESSED)
    if singular.endswith(("ca", "ga")):
        return frozenset({f"{stem}e"})
    if singular.endswith(("tà", "tù")):
        return frozenset({f"{stem}e", f"{stem}i"})
    return frozenset({f"{stem}hi"}) if singular in _SOFT_PLURAL else _hard(singular)


_STRESSED = frozenset(
    {"energie", "allergie", "nevralgie", "nostalgie", "chirurgie", "liturgie", "elegie", "letargie"}
)
_SOFT_PLURAL = frozenset(
    ["amico", "nemico", "greco", "porco", "medico", "sindaco", "meccanico", "monaco", "canonico", "portico"]
)
_HARD = frozenset(
    [
        "gioco",
        "fuoco",
        "parco",
        "banco",
        "bosco",
        "sacco",
        "fico",
        "tedesco",
        "lago",
        "albergo",
        "fungo",
        "dialogo",
        "arco",
        "ago",
        "luogo",
        "cuoco",
    ]
)


def _hard(singular: str) -> frozenset[str]:
    return frozenset({f"{singular[:-1]}i"}) if singular in _HARD else frozenset()
