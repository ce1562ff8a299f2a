"""Explains in English why a verb form is the right one."""

from homework_mock_generator.conjugation import COMPOUND, LABELS, PROGRESSIVE, Conjugator, Tense, bare
from homework_mock_generator.content import Carrier, Verb
from homework_mock_generator.practice.clauses import Clause
from homework_shared.exercises.curriculum import Grammar, curriculum

PERSONS = (
    "first person singular",
    "second person singular",
    "third person singular",
    "first person plural",
    "second person plural",
    "third person plural",
)
GENDERS = {"m": "masculine", "f": "feminine"}
_GRAMMARS = {
    Tense.IMPERFECT: Grammar.IMPERFETTO,
    Tense.REMOTE: Grammar.PASSATO_REMOTO,
    Tense.FUTURE: Grammar.FUTURE,
    Tense.CONDITIONAL: Grammar.CONDITIONAL,
    Tense.SUBJUNCTIVE_PRESENT: Grammar.SUBJUNCTIVE_PRESENT,
    Tense.SUBJUNCTIVE_IMPERFECT: Grammar.SUBJUNCTIVE_IMPERFECT,
}
_CONDITIONS = {
    Tense.FUTURE: "The condition is real, in the indicative; what follows from it stands in the future.",
    Tense.CONDITIONAL: "The condition is possible, and what would follow from it stands in the conditional.",
    Tense.SUBJUNCTIVE_IMPERFECT: "A possible condition stands in the imperfect subjunctive.",
    Tense.CONDITIONAL_PAST: "What would have followed from an unreal condition is in the past conditional.",
    Tense.SUBJUNCTIVE_PLUPERFECT: "An unreal condition in the past stands in the pluperfect subjunctive.",
}


def of_verb(clause: Clause, carrier: Carrier, answer: str, conjugator: Conjugator) -> str:
    condition = _CONDITIONS[carrier.tense] if Grammar.HYPOTHETICAL in carrier.grammars else ""
    if carrier.tense in COMPOUND:
        return f"{_compound(clause, carrier.tense, answer, conjugator)} {condition}".strip()
    if carrier.tense in PROGRESSIVE:
        return f"What is going on is told with stare and the gerund of {_name(clause.verb)}: “{answer}”."
    person = PERSONS[clause.subject.person]
    form = f"{_kind(clause.verb, carrier.tense, conjugator)}: the {person} is “{answer}”."
    return f"{form} {condition or rule(_GRAMMARS.get(carrier.tense))}".strip()


def of_gerund(verb: Verb, answer: str) -> str:
    return f"The gerund of {_name(verb)} is “{answer}”: it has one form for all persons."


def of_imperative(verb: Verb, who: str, answer: str) -> str:
    return f"The imperative of {_name(verb)} for {who} is “{answer}”. {rule(Grammar.IMPERATIVE)}"


def rule(grammar: Grammar | None) -> str:
    return curriculum().grammars[grammar].rule if grammar else ""


def _kind(verb: Verb, tense: Tense, conjugator: Conjugator) -> str:
    name, infinitive = _name(verb), bare(verb.infinitive)
    if not conjugator.is_regular(infinitive, tense):
        return f"{name} is irregular in the {LABELS[tense]}"
    if tense is Tense.PRESENT and conjugator.simple(infinitive, tense, 0).endswith("isco"):
        return f"{name} is a verb in -ire that adds -isc- in all persons but noi and voi"
    return f"{name} is regular in the {LABELS[tense]}"


def _compound(clause: Clause, tense: Tense, answer: str, conjugator: Conjugator) -> str:
    verb, subject = clause.verb, clause.subject
    name, label = _name(verb), LABELS[tense]
    if verb.auxiliary == "avere":
        why = f"{name} forms the {label} with “avere”, and its participle does not agree with the subject"
    else:
        who = f"{GENDERS[subject.gender or 'm']} {subject.number}"
        whole = f"{name}, like all reflexive verbs," if verb.reflexive else name
        why = f"{whole} forms the {label} with “essere”, so the participle agrees with the subject ({who})"
    return f"{why}: “{answer}”.{_irregular_participle(verb, conjugator)}"


def _irregular_participle(verb: Verb, conjugator: Conjugator) -> str:
    infinitive, participle = bare(verb.infinitive), conjugator.participle(verb)
    regular = infinitive[:-3] + {"are": "ato", "ere": "uto", "ire": "ito"}.get(infinitive[-3:], "")
    return "" if participle == regular else f" Its past participle, “{participle}”, is irregular."


def _name(verb: Verb) -> str:
    return f"“{verb.infinitive.capitalize()}”"
