"""Compare every verb form of the content with a maintained conjugator.

How to: pip install verbecc, this package and homework-shared; then `python tools/verify_verbs.py`
in a folder of no importance, because verbecc leaves a verbecc.log where it runs.
"""

import sys
from collections.abc import Iterator
from typing import Any

from verbecc import CompleteConjugator, LangCodeISO639_1  # type: ignore[import-not-found,unused-ignore]

from homework_mock_generator import conjugation
from homework_mock_generator.content import Content, Verb

# Reviewed by hand: the conjugator gives the auxiliary of the rarer, transitive use.
INTRANSITIVE_HERE = ("scendere", "tornare")
PRONOUNS = ("io", "tu", "lui", "noi", "voi", "loro")


def main() -> None:
    conjugator = CompleteConjugator(LangCodeISO639_1.it)
    verbs = Content.load().verbs
    problems = [problem for verb in verbs for problem in problems_of(verb, conjugator)]
    sys.stdout.write("\n".join([*problems, f"{len(verbs)} verbs, {len(problems)} differences", ""]))
    sys.exit(1 if problems else 0)


def problems_of(verb: Verb, conjugator: Any) -> Iterator[str]:
    infinitive = conjugation.plain_infinitive(verb)
    reference = conjugator.conjugate(infinitive).get_data()
    moods = reference["moods"]
    if reference["verb"]["predicted"]:
        yield f"{infinitive}: the conjugator only guesses"
    for person, pronoun in enumerate(PRONOUNS):
        ours = conjugation.bare_present(verb, person)
        theirs = forms(moods["indicativo"]["presente"], pronoun)
        if ours not in theirs:
            yield f"{infinitive}, {pronoun}: {ours} is not among {theirs}"
    ours = conjugation.participle(verb)
    theirs = variants(moods["participio"]["participio-passato"][0]["c"][0])
    if ours not in theirs:
        yield f"{infinitive}, participle: {ours} is not among {theirs}"
    if not verb.reflexive and verb.infinitive not in INTRANSITIVE_HERE:
        yield from auxiliary_problems(verb, forms(moods["indicativo"]["passato-prossimo"], "lui"))


def auxiliary_problems(verb: Verb, theirs: list[str]) -> Iterator[str]:
    ours = conjugation.past(verb, 2, "m", "singular")
    if ours not in theirs:
        yield f"{verb.infinitive}, passato prossimo: {ours} is not among {theirs}"


def forms(tense: list[dict[str, Any]], pronoun: str) -> list[str]:
    entries = [form for entry in tense if entry["pr"] == pronoun for form in entry["c"]]
    return [variant for form in entries for variant in variants(form.removeprefix(f"{pronoun} "))]


def variants(form: str) -> list[str]:
    """ "ha risposto/risposo" holds two: ha risposto and the archaic ha risposo."""
    *start, last = form.split(" ")
    return [" ".join([*start, variant]) for variant in last.split("/")]


if __name__ == "__main__":
    main()
