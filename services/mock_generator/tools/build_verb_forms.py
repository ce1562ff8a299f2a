"""Build content/verb_forms.tsv: every form of every verb of the content, from a maintained conjugator.

How to: pip install the packages of requirements-dev.txt, `apt-get install lttoolbox apertium-spa-ita`, then
`python services/mock_generator/tools/build_verb_forms.py`. No form is typed by hand. Where the conjugator
(verbecc, its prediction switched off) offers two, those that the second source (Apertium's Italian
dictionary) does not know are left out: "fo" for "faccio", "deva" for "debba".
"""

import logging
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parents[1] / "homework_mock_generator/content"
TABLE = CONTENT / "verb_forms.tsv"
HEADER = (
    "# Built by tools/build_verb_forms.py: do not edit. Six persons; / between two right forms; - for none.\n"
)
DICTIONARY = "/usr/share/apertium/apertium-spa-ita/ita-spa.automorf.bin"
# Auxiliaries, and the model of each regular pattern.
SUPPORT = {
    "avere",
    "essere",
    "stare",
    "cercare",
    "mangiare",
    "studiare",
    "parlare",
    "credere",
    "partire",
    "finire",
}
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
Row = tuple[str, str, list[list[str]]]
"""Infinitive, tense, and for each person the forms that are right."""


def main() -> None:
    rows = list(build(infinitives()))
    TABLE.write_text(render(rows), "utf-8")
    sys.stdout.write(f"{len({row[0] for row in rows})} verbs in {TABLE.name}\n")


def infinitives() -> list[str]:
    """Of the verbs in the content, without their pronouns: "alzarsi" is conjugated as "alzare"."""
    files = [tomllib.loads(file.read_text("utf-8")) for file in sorted(CONTENT.glob("*.toml"))]
    named = {verb["infinitive"] for content in files for verb in content.get("verbs", ())}
    named |= {phrase["verb"] for content in files for phrase in content.get("prepositional", ())}
    return sorted({bare(infinitive) for infinitive in named | SUPPORT})


def bare(infinitive: str) -> str:
    return f"{infinitive.removesuffix('si')}e" if infinitive.endswith("rsi") else infinitive


def build(verbs: Iterable[str]) -> Iterator[Row]:
    """The table's rows, in order.

    Raises:
        LookupError: the conjugator does not know a verb and could only guess.
    """
    conjugated = [(verb, forms_of(verb)) for verb in verbs]
    known = Dictionary(
        {form for _, table in conjugated for row in table.values() for forms in row for form in forms}
    )
    for verb, table in conjugated:
        for tense, row in table.items():
            yield (
                verb,
                tense,
                [known.only(forms, verb, tags(tense, person)) for person, forms in enumerate(row)],
            )


def tags(tense: str, person: int) -> tuple[str, ...]:
    """How the dictionary marks such a form. It has few imperatives: their forms are those of other moods."""
    if tense in ("participle", "gerund"):
        return ({"participle": "<pp>", "gerund": "<ger>"}[tense],)
    if tense == "imperative":
        return ("<imp>", "<pri>", "<prs>")
    return (FINITE[tense][2] + PERSONS[person],)


def forms_of(infinitive: str) -> dict[str, list[list[str]]]:
    moods = conjugator().conjugate(infinitive).get_data()["moods"]
    table = {
        tense: [variants(moods[mood][name], pronoun) for pronoun in PRONOUNS]
        for tense, (mood, name, _) in FINITE.items()
    }
    participle = moods["participio"]["participio-passato"][0]["c"][0].split("/")
    gerund = next(entry["c"][0] for entry in moods["infinito"]["gerundio"] if entry["pr"] == "lui")
    return table | {"participle": [participle], "gerund": [gerund.split("/")]}


def variants(entries: list[dict[str, Any]], pronoun: str) -> list[str]:
    """ "che io deva/debba" holds two forms, and "-" none."""
    texts = [text for entry in entries if entry["pr"] == pronoun for text in entry["c"]]
    words = [form for text in texts for form in text.split(" ")[-1].split("/")]
    return [word for word in dict.fromkeys(words) if word != "-"]


def helpers(passato_prossimo: list[dict[str, Any]]) -> set[str]:
    """Which auxiliaries a compound tense has: "lui è andato" has essere."""
    texts = {text for entry in passato_prossimo if entry["pr"] == "lui" for text in entry["c"]}
    words = {word for text in texts for word in text.split()[1].split("/")}
    return {"essere" if word == "è" else "avere" for word in words}


def conjugator() -> Any:
    import verbecc.src.defs.types.data.verbs as settings
    from verbecc import CompleteConjugator, LangCodeISO639_1

    global _conjugator
    if _conjugator is None:
        settings.config.ENABLE_ML_PREDICTION = False  # a verb it does not know is an error, not a guess
        _conjugator = CompleteConjugator(LangCodeISO639_1.it)
        for handler in list(logging.getLogger("verbecc").handlers):
            handler.close()  # it would leave a verbecc.log open
            logging.getLogger("verbecc").removeHandler(handler)
    return _conjugator


_conjugator: Any = None


class Dictionary:
    """What Apertium's Italian dictionary says about words: lemma<tags> of each reading."""

    def __init__(self, words: Iterable[str]) -> None:
        self.readings = analyse(sorted(words))

    def confirms(self, form: str, infinitive: str, tags: tuple[str, ...]) -> bool:
        return any(
            reading.startswith(f"{infinitive}<v") and any(tag in reading for tag in tags)
            for reading in self.readings.get(form, ())
        )

    def only(self, forms: list[str], infinitive: str, tags: tuple[str, ...]) -> list[str]:
        """The forms that are confirmed, or all if none is: one source then has to do."""
        return [form for form in forms if self.confirms(form, infinitive, tags)] or forms


def analyse(words: list[str]) -> dict[str, list[str]]:
    program = shutil.which("lt-proc")
    if program is None or not Path(DICTIONARY).exists():
        raise FileNotFoundError("no Apertium here: apt-get install lttoolbox apertium-spa-ita")
    told = subprocess.run(  # noqa: S603 — a program of Debian and our own words
        [program, DICTIONARY], input=" .\n".join(words) + " .\n", text=True, check=True, capture_output=True
    )
    found = re.findall(r"\^([^/$^]+)/([^$]+)\$", told.stdout)
    return {word: readings.split("/") for word, readings in found}


def render(rows: Iterable[Row]) -> str:
    lines = (
        f"{verb}\t{tense}\t{' '.join('/'.join(forms) or '-' for forms in row)}\n" for verb, tense, row in rows
    )
    return HEADER + "".join(lines)


if __name__ == "__main__":
    main()
