"""Italian verb forms: the regular ones by rule, the others from the data."""

from homework_mock_generator.content import Gender, Number, Verb

PRONOUNS = ("mi", "ti", "si", "ci", "vi", "si")
AUXILIARIES = {
    "avere": ("ho", "hai", "ha", "abbiamo", "avete", "hanno"),
    "essere": ("sono", "sei", "è", "siamo", "siete", "sono"),
}
ENDINGS = {
    "are": ("o", "i", "a", "iamo", "ate", "ano"),
    "ere": ("o", "i", "e", "iamo", "ete", "ono"),
    "ire": ("o", "i", "e", "iamo", "ite", "ono"),
}
PARTICIPLE_ENDINGS = {"are": "ato", "ere": "uto", "ire": "ito"}
AGREEMENT = {
    ("m", "singular"): "o",
    ("f", "singular"): "a",
    ("m", "plural"): "i",
    ("f", "plural"): "e",
}
TU, NOI, VOI = 1, 3, 4


def plain_infinitive(verb: Verb) -> str:
    return verb.infinitive.removesuffix("si") + "e" if verb.reflexive else verb.infinitive


def conjugation_class(verb: Verb) -> str:
    return plain_infinitive(verb)[-3:]


def bare_present(verb: Verb, person: int) -> str:
    """The present without the reflexive pronoun."""
    if verb.present:
        return verb.present[person]
    infinitive = plain_infinitive(verb)
    return _join(infinitive[:-3], infinitive[-3:], person, isc=verb.isc)


def _join(stem: str, kind: str, person: int, *, isc: bool) -> str:
    ending = ENDINGS[kind][person]
    if isc and person not in (NOI, VOI):
        return f"{stem}isc{ending}"
    if kind == "are" and ending.startswith("i"):
        if stem.endswith(("c", "g")):
            return f"{stem}h{ending}"
        if stem.endswith("i"):
            return stem + ending[1:]
    return stem + ending


def present(verb: Verb, person: int) -> str:
    form = bare_present(verb, person)
    return f"{PRONOUNS[person]} {form}" if verb.reflexive else form


def participle(verb: Verb) -> str:
    """The masculine singular of the past participle."""
    infinitive = plain_infinitive(verb)
    return verb.participle or infinitive[:-3] + PARTICIPLE_ENDINGS[infinitive[-3:]]


def agreeing(participle_: str, gender: Gender, number: Number) -> str:
    return participle_[:-1] + AGREEMENT[gender, number]


def past(verb: Verb, person: int, gender: Gender | None, number: Number) -> str:
    """The passato prossimo. With essere the participle agrees, so the gender must be known."""
    form = participle(verb)
    if verb.auxiliary == "essere":
        if gender is None:
            raise ValueError(f"{verb.infinitive} agrees with its subject: the gender is needed")
        form = agreeing(form, gender, number)
    return compound(verb, verb.auxiliary, person, form)


def compound(verb: Verb, auxiliary: str, person: int, participle_: str) -> str:
    words = [AUXILIARIES[auxiliary][person], participle_]
    return " ".join([PRONOUNS[person], *words] if verb.reflexive else words)
