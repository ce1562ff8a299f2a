"""Build verb_forms.tsv: every form of every verb of infinitives.txt, from a maintained conjugator.

How to: add the verb to infinitives.txt, in its place of the alphabet, pip install the packages of
requirements-dev.txt, `apt-get install lttoolbox apertium-spa-ita`, then run
`python shared/tools/build_verb_forms.py`. No form is typed by hand. Where the conjugator (verbecc, its
prediction switched off) offers two, those that the second source (Apertium's Italian dictionary) does not
know are left out: "fo" for "faccio", "deva" for "debba".
"""

import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import chdir
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from homework_shared.language.italian.verb_table import LIKE, MODELS, Forms, Row, conjugated_like

INFINITIVES = Path(__file__).with_name("infinitives.txt")
TABLE = Path(__file__).parents[1] / "homework_shared/language/italian/verb_forms.tsv"
HEADER = """\
# Built by shared/tools/build_verb_forms.py: do not edit. Six persons; / between two right forms; - for none;
# like: the forms are the model's, but for the lines that follow.
"""
DICTIONARY = "/usr/share/apertium/apertium-spa-ita/ita-spa.automorf.bin"
# A verb that differs in more tenses from every model is written in full: nobody would call it like one.
MAX_DIFFERENCES = 4
PRONOUNS = ("io", "tu", "lui", "noi", "voi", "loro")
PERSONS = ("<p1><sg>", "<p2><sg>", "<p3><sg>", "<p1><pl>", "<p2><pl>", "<p3><pl>")
FINITE = {
    "present": ("indicativo", "presente", "<pri>"),
    "imperfect": ("indicativo", "imperfetto", "<pii>"),
    "future": ("indicativo", "futuro", "<fti>"),
    "remote": ("indicativo", "passato-remoto", "<ifi>"),
    "conditional": ("condizionale", "presente", "<cni>"),
    "subjunctive_present": ("congiuntivo", "presente", "<prs>"),
    "subjunctive_imperfect": ("congiuntivo", "imperfetto", "<pis>"),
    "imperative": ("imperativo", "affermativo", "<imp>"),
}
# What the conjugator has wrong, each form with the right one.
CORRECTIONS: dict[tuple[str, str], dict[str, str]] = {
    ("perdere", "remote"): {"perdi": "persi", "perde": "perse", "perdero": "persero"},
    ("propendere", "gerund"): {"ndendo": "propendendo"},
    ("ridare", "imperative"): {"dai": "ridai"},
    ("ridare", "remote"): {"ridètte": "ridette"},
}


def main() -> None:
    forms = build(infinitives())
    TABLE.write_text(render(forms), "utf-8")
    sys.stdout.write(f"{len(forms)} verbs in {TABLE.name}\n")


def infinitives() -> list[str]:
    return INFINITIVES.read_text("utf-8").split()


def build(verbs: Iterable[str]) -> Forms:
    """All right forms of the verbs.

    Raises:
        LookupError: the conjugator does not know a verb and could only guess.
    """
    conjugated = {verb: forms_of(verb) for verb in verbs}
    known = Dictionary(
        {form for table in conjugated.values() for row in table.values() for cell in row for form in cell}
    )
    return {
        verb: {
            tense: tuple(known.only(cell, verb, tags(tense, person)) for person, cell in enumerate(row))
            for tense, row in table.items()
        }
        for verb, table in conjugated.items()
    }


def tags(tense: str, person: int) -> tuple[str, ...]:
    """How the dictionary marks such a form. It has few imperatives: their forms are those of other moods."""
    if tense in ("participle", "gerund"):
        return ({"participle": "<pp>", "gerund": "<ger>"}[tense],)
    if tense == "imperative":
        return ("<imp>", "<pri>", "<prs>")
    return (FINITE[tense][2] + PERSONS[person],)


def forms_of(infinitive: str) -> dict[str, Row]:
    moods = conjugate(infinitive)
    table = {
        tense: tuple(variants(moods[mood][name], pronoun) for pronoun in PRONOUNS)
        for tense, (mood, name, _) in FINITE.items()
    }
    gerund = next(entry["c"] for entry in moods["infinito"]["gerundio"] if entry["pr"] == "lui")
    participle = moods["participio"]["participio-passato"][0]["c"]
    table |= {"participle": (forms_in(participle[:1]),), "gerund": (forms_in(gerund[:1]),)}
    return {tense: corrected(infinitive, tense, row) for tense, row in table.items()}


def corrected(infinitive: str, tense: str, row: Row) -> Row:
    right = CORRECTIONS.get((infinitive, tense), {})
    return tuple(tuple(dict.fromkeys(right.get(form, form) for form in cell)) for cell in row)


def variants(entries: list[dict[str, Any]], pronoun: str) -> tuple[str, ...]:
    return forms_in(text for entry in entries if entry["pr"] == pronoun for text in entry["c"])


def forms_in(texts: Iterable[str]) -> tuple[str, ...]:
    """ "che io deva/debba" holds two forms, and "-" none."""
    found = (form for text in texts for form in text.split(" ")[-1].split("/"))
    return tuple(form for form in dict.fromkeys(found) if form != "-")


def helpers(passato_prossimo: list[dict[str, Any]]) -> set[str]:
    """Which auxiliaries a compound tense has: "lui è andato" has essere."""
    texts = {text for entry in passato_prossimo if entry["pr"] == "lui" for text in entry["c"]}
    words = {word for text in texts for word in text.split()[1].split("/")}
    return {"essere" if word == "è" else "avere" for word in words}


def conjugate(infinitive: str) -> dict[str, Any]:
    """Mood → tense → what the conjugator has for it."""
    known = conjugator()
    from verbecc import VerbNotFoundError

    try:
        moods: dict[str, Any] = known.conjugate(infinitive).get_data()["moods"]
    except VerbNotFoundError as error:
        raise LookupError(f"the conjugator does not know {infinitive}") from error
    return moods


@cache
def conjugator() -> Any:
    """It opens a verbecc.log where it is imported, so that happens in a folder that goes away."""
    with TemporaryDirectory() as folder, chdir(folder):
        import verbecc.src.defs.types.data.verbs as settings
        from verbecc import CompleteConjugator, LangCodeISO639_1

        settings.config.ENABLE_ML_PREDICTION = False  # a verb it does not know is an error, not a guess
        for handler in list(logging.getLogger("verbecc").handlers):
            handler.close()
            logging.getLogger("verbecc").removeHandler(handler)
        return CompleteConjugator(LangCodeISO639_1.it)


class Dictionary:
    """What Apertium's Italian dictionary says about words: lemma<tags> of each reading."""

    def __init__(self, words: Iterable[str]) -> None:
        self.readings = analyse(sorted(words))

    def confirms(self, form: str, infinitive: str, tags: tuple[str, ...]) -> bool:
        return any(
            reading.startswith(f"{infinitive}<v") and any(tag in reading for tag in tags)
            for reading in self.readings.get(form, ())
        )

    def only(self, forms: tuple[str, ...], infinitive: str, tags: tuple[str, ...]) -> tuple[str, ...]:
        """The forms that are confirmed, or all if none is: one source then has to do."""
        return tuple(form for form in forms if self.confirms(form, infinitive, tags)) or forms


def analyse(words: list[str]) -> dict[str, list[str]]:
    program = shutil.which("lt-proc")
    if program is None or not Path(DICTIONARY).exists():
        raise FileNotFoundError("no Apertium here: apt-get install lttoolbox apertium-spa-ita")
    told = subprocess.run(  # noqa: S603 — a program of Debian and our own words
        [program, DICTIONARY], input=" .\n".join(words) + " .\n", text=True, check=True, capture_output=True
    )
    found = re.findall(r"\^([^/$^]+)/([^$]+)\$", told.stdout)
    return {word: readings.split("/") for word, readings in found}


def render(forms: Forms) -> str:
    """The table. Its models come first, because what is like them is read after them."""
    others = sorted(forms.keys() - MODELS.keys())
    lines = [line for verb in (*MODELS, *others) for line in lines_of(verb, forms)]
    return HEADER + "".join(f"{line}\n" for line in lines)


def lines_of(verb: str, forms: Forms) -> list[str]:
    ours = forms[verb]
    differing = {
        model: differences(ours, conjugated_like(forms[model], model, verb)) for model in alike(verb)
    }
    nearest = min(differing, key=lambda model: len(differing[model]), default=None)
    if nearest is None or len(differing[nearest]) > MAX_DIFFERENCES:
        return [line(verb, tense, row) for tense, row in ours.items()]
    return [f"{verb}\t{LIKE}\t{nearest}", *(line(verb, tense, ours[tense]) for tense in differing[nearest])]


def alike(verb: str) -> list[str]:
    """The models with the verb's ending; a model itself is written in full."""
    return [] if verb in MODELS else [model for model in MODELS if model[-3:] == verb[-3:]]


def differences(ours: dict[str, Row], theirs: dict[str, Row]) -> list[str]:
    return [tense for tense, row in ours.items() if row != theirs[tense]]


def line(verb: str, tense: str, row: Row) -> str:
    return f"{verb}\t{tense}\t{' '.join('/'.join(cell) or '-' for cell in row)}"


if __name__ == "__main__":
    main()
