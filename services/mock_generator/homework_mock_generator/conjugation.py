"""Italian verb forms: the simple ones from the table of homework_shared, the compound ones by rule."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Literal, Protocol

from homework_shared.language.italian.verb_table import Forms, read_forms, table_lines

PRONOUNS = ("mi", "ti", "si", "ci", "vi", "si")
AGREEMENT = {("m", "singular"): "o", ("f", "singular"): "a", ("m", "plural"): "i", ("f", "plural"): "e"}


class Tense(StrEnum):
    PRESENT = "present"
    IMPERFECT = "imperfect"
    FUTURE = "future"
    REMOTE = "remote"
    CONDITIONAL = "conditional"
    SUBJUNCTIVE_PRESENT = "subjunctive_present"
    SUBJUNCTIVE_IMPERFECT = "subjunctive_imperfect"
    IMPERATIVE = "imperative"
    PASSATO_PROSSIMO = "passato_prossimo"
    TRAPASSATO = "trapassato"
    CONDITIONAL_PAST = "conditional_past"
    SUBJUNCTIVE_PLUPERFECT = "subjunctive_pluperfect"
    PROGRESSIVE = "progressive"
    PAST_PROGRESSIVE = "past_progressive"
    GERUND = "gerund"


LABELS: Mapping[Tense, str] = {
    Tense.PRESENT: "presente",
    Tense.IMPERFECT: "imperfetto",
    Tense.FUTURE: "futuro",
    Tense.REMOTE: "passato remoto",
    Tense.CONDITIONAL: "condizionale",
    Tense.SUBJUNCTIVE_PRESENT: "congiuntivo presente",
    Tense.SUBJUNCTIVE_IMPERFECT: "congiuntivo imperfetto",
    Tense.IMPERATIVE: "imperativo",
    Tense.PASSATO_PROSSIMO: "passato prossimo",
    Tense.TRAPASSATO: "trapassato prossimo",
    Tense.CONDITIONAL_PAST: "condizionale passato",
    Tense.SUBJUNCTIVE_PLUPERFECT: "congiuntivo trapassato",
    Tense.PROGRESSIVE: "stare + gerundio, presente",
    Tense.PAST_PROGRESSIVE: "stare + gerundio, imperfetto",
    Tense.GERUND: "gerundio",
}
COMPOUND: Mapping[Tense, Tense] = {
    Tense.PASSATO_PROSSIMO: Tense.PRESENT,
    Tense.TRAPASSATO: Tense.IMPERFECT,
    Tense.CONDITIONAL_PAST: Tense.CONDITIONAL,
    Tense.SUBJUNCTIVE_PLUPERFECT: Tense.SUBJUNCTIVE_IMPERFECT,
}
"""The tense of the auxiliary."""
PROGRESSIVE: Mapping[Tense, Tense] = {
    Tense.PROGRESSIVE: Tense.PRESENT,
    Tense.PAST_PROGRESSIVE: Tense.IMPERFECT,
}
# Every regular verb is conjugated like one of these. The number is the length of its ending.
_MODELS = (
    ("cercare", 3, ("care", "gare")),
    ("mangiare", 4, ("ciare", "giare")),
    ("studiare", 4, ("iare",)),
    ("parlare", 3, ("are",)),
    ("credere", 3, ("ere",)),
    ("partire", 3, ("ire",)),
    ("finire", 3, ("ire",)),
)
# Usage has one more right form than the table: perso; vendei, ricevei, sedetti and similar forms.
_ONE_MORE = frozenset(
    {("perdere", "participle"), ("vendere", "remote"), ("ricevere", "remote"), ("sedere", "remote")}
)
# These forms are right in dictionaries, beside the one form of the table.
_SECOND_FORMS = {
    "devono": "debbono", "godrò": "goderò", "godrai": "goderai", "godrà": "goderà", "godremo": "goderemo",
    "godrete": "goderete", "godranno": "goderanno",
}  # fmt: skip
# The verbs whose forms every verb needs: the auxiliaries, and the models that show whether a verb is regular.
SUPPORT = frozenset({"avere", "essere", "stare", *(model for model, _, _ in _MODELS)})


class Conjugable(Protocol):
    @property
    def infinitive(self) -> str: ...
    @property
    def auxiliary(self) -> Literal["avere", "essere"]: ...
    @property
    def reflexive(self) -> bool: ...


def is_reflexive(infinitive: str) -> bool:
    return infinitive.endswith("rsi")


def bare(infinitive: str) -> str:
    """The infinitive without its pronoun: alzarsi → alzare."""
    return infinitive.removesuffix("si") + "e" if is_reflexive(infinitive) else infinitive


def forms_of(infinitives: AbstractSet[str]) -> Forms:
    """The forms of these verbs, and of the auxiliaries that every verb needs.

    verb_forms() would read and keep the table's other 1,400 verbs too, which this process does not use.

    Raises:
        ValueError: the table lacks a verb.
    """
    wanted = {bare(infinitive) for infinitive in infinitives} | SUPPORT
    forms = read_forms(line for line in table_lines() if line.partition("\t")[0] in wanted)
    if missing := sorted(wanted - forms.keys()):
        raise ValueError(
            f"the table of verb forms lacks {', '.join(missing)}: "
            "add to shared/tools/infinitives.txt and run shared/tools/build_verb_forms.py"
        )
    return forms


def agreeing(participle: str, gender: str, number: str) -> str:
    return participle[:-1] + AGREEMENT[gender, number]


class Conjugator:
    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def simple(self, infinitive: str, tense: Tense, person: int) -> str:
        return self._forms[infinitive][tense][person][0]

    def present(self, infinitive: str, person: int) -> str:
        """The present tense, with its pronoun if the verb is reflexive."""
        form = self.simple(bare(infinitive), Tense.PRESENT, person)
        return f"{PRONOUNS[person]} {form}" if is_reflexive(infinitive) else form

    def participle(self, verb: Conjugable) -> str:
        """The masculine singular of the past participle."""
        return self._forms[bare(verb.infinitive)]["participle"][0][0]

    def gerund(self, verb: Conjugable) -> str:
        return self._forms[bare(verb.infinitive)]["gerund"][0][0]

    def has_one_form(self, verb: Conjugable, tense: Tense, person: int) -> bool:
        """Whether a gap for this form has exactly one right answer."""
        part = "participle" if tense in COMPOUND else tense.value
        return len(self._cells(verb, tense, person)) == 1 and (bare(verb.infinitive), part) not in _ONE_MORE

    def has_one_participle(self, verb: Conjugable) -> bool:
        infinitive = bare(verb.infinitive)
        return (
            len(self._forms[infinitive]["participle"][0]) == 1 and (infinitive, "participle") not in _ONE_MORE
        )

    def form(
        self, verb: Conjugable, tense: Tense, person: int, gender: str | None = None, number: str = "singular"
    ) -> str:
        """The complete verb form, with its pronoun and its auxiliary.

        Raises:
            ValueError: the participle agrees with the subject, and `gender` is not given.
        """
        if tense in COMPOUND:
            return self._compound(verb, tense, person, gender, number)
        if tense in PROGRESSIVE:
            return self.going_on(verb, PROGRESSIVE[tense], person)
        if tense is Tense.GERUND:
            return self.gerund(verb)
        words = self.simple(bare(verb.infinitive), tense, person)
        return f"{PRONOUNS[person]} {words}" if verb.reflexive else words

    def other_forms(self, verb: Conjugable, tense: Tense, person: int) -> tuple[str, ...]:
        """The other right forms in this tense, beside form(): debbono for devono, sta lavandosi for si sta
        lavando.
        """
        if tense in PROGRESSIVE:
            auxiliary = self.simple("stare", PROGRESSIVE[tense], person)
            return (f"{auxiliary} {self.gerund(verb)}{PRONOUNS[person]}",) if verb.reflexive else ()
        if tense in COMPOUND or tense is Tense.GERUND:
            return ()
        second = _SECOND_FORMS.get(self.simple(bare(verb.infinitive), tense, person))
        return (second,) if second else ()

    def going_on(self, verb: Conjugable, tense: Tense, person: int) -> str:
        """Stare in this tense with the gerund: stava lavorando, stesse lavorando."""
        words = f"{self.simple('stare', tense, person)} {self.gerund(verb)}"
        return f"{PRONOUNS[person]} {words}" if verb.reflexive else words

    def compound(self, verb: Conjugable, auxiliary: str, tense: Tense, person: int, participle: str) -> str:
        words = f"{self.simple(auxiliary, COMPOUND[tense], person)} {participle}"
        return f"{PRONOUNS[person]} {words}" if verb.reflexive else words

    def is_regular(self, infinitive: str, tense: Tense) -> bool:
        """Whether the endings of a model verb give every form."""
        ours = self._forms[infinitive][tense]
        for model, ending, suffixes in _MODELS:
            if infinitive.endswith(suffixes):
                theirs, stem, root = self._forms[model][tense], infinitive[:-ending], model[:-ending]
                expected = [[stem + form.removeprefix(root) for form in cell] for cell in theirs]
                if all(
                    set(cell) & set(wanted) or cell == () for cell, wanted in zip(ours, expected, strict=True)
                ):
                    return True
        return False

    def _compound(self, verb: Conjugable, tense: Tense, person: int, gender: str | None, number: str) -> str:
        participle = self.participle(verb)
        if verb.auxiliary == "essere":
            if gender is None:
                raise ValueError(f"{verb.infinitive} agrees with its subject: the gender is needed")
            participle = agreeing(participle, gender, number)
        return self.compound(verb, verb.auxiliary, tense, person, participle)

    def _cells(self, verb: Conjugable, tense: Tense, person: int) -> tuple[str, ...]:
        table = self._forms[bare(verb.infinitive)]
        if tense in COMPOUND:
            return table["participle"][0]
        if tense in PROGRESSIVE or tense is Tense.GERUND:
            return table["gerund"][0]
        return table[tense][person]
