"""Why a verb form is the right one: true English sentences."""

from homework_mock_generator import conjugation
from homework_mock_generator.content import Subject, Tense, Verb

PERSONS = (
    "first person singular",
    "second person singular",
    "third person singular",
    "first person plural",
    "second person plural",
    "third person plural",
)
GENDERS = {"m": "masculine", "f": "feminine"}


def explain(verb: Verb, subject: Subject, tense: Tense, answer: str) -> str:
    if tense == "present":
        return f"{_kind(verb)}: the {PERSONS[subject.person]} is “{answer}”.{_spelling(verb, subject.person)}"
    return f"{_agreement(verb, subject)}: “{answer}”.{_irregular_participle(verb)}"


def _kind(verb: Verb) -> str:
    name = _name(verb)
    reflexive = "reflexive " if verb.reflexive else ""
    if verb.present:
        return f"{name} is irregular in the present tense"
    if verb.isc:
        article = "a reflexive" if verb.reflexive else "an"
        return f"{name} is {article} -ire verb that adds -isc- in all persons but noi and voi"
    return f"{name} is a regular {reflexive}-{conjugation.conjugation_class(verb)} verb"


def _spelling(verb: Verb, person: int) -> str:
    infinitive = conjugation.plain_infinitive(verb)
    if verb.present or not infinitive.endswith("are") or person not in (conjugation.TU, conjugation.NOI):
        return ""
    if infinitive.endswith(("care", "gare")):
        return f" Before i, the {infinitive[-4]} keeps its hard sound with an h."
    return " The i of the stem and the i of the ending become one." if infinitive.endswith("iare") else ""


def _agreement(verb: Verb, subject: Subject) -> str:
    name = _name(verb)
    if verb.auxiliary == "avere":
        rule = "forms the passato prossimo with “avere”, and its participle does not agree with the subject"
        return f"{name} {rule}"
    who = f"{GENDERS[subject.gender or 'm']} {subject.number}"
    why = f"{name}, like all reflexive verbs," if verb.reflexive else name
    return (
        f"{why} forms the passato prossimo with “essere”, so the participle agrees with the subject ({who})"
    )


def _irregular_participle(verb: Verb) -> str:
    return f" Its past participle, “{verb.participle}”, is irregular." if verb.participle else ""


def _name(verb: Verb) -> str:
    return f"“{verb.infinitive.capitalize()}”"
