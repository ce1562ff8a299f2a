"""All free choices, in the order in which grading reverts them."""

from homework_api.grading.free.clitics import pronoun_of_the_infinitive
from homework_api.grading.free.constructions import equal_constructions
from homework_api.grading.free.figures import figures, times_of_day
from homework_api.grading.free.negation import nobody_before_or_after
from homework_api.grading.free.persons import formal_you, gender_of_the_speaker, open_gender
from homework_api.grading.free.phrases import (
    equal_nouns,
    equal_phrases,
    equal_verbs,
    months_and_languages,
    places,
)
from homework_api.grading.free.recast import (
    as_much_as,
    for_so_long,
    instead_of_the_noun,
    not_as_much,
    participle_after_che,
    used_to,
)
from homework_api.grading.free.relatives import relative_pronouns, spelled_out_relative
from homework_api.grading.free.sentence import Freedom, Sentence
from homework_api.grading.free.verb_forms import (
    either_auxiliary,
    future_after_if,
    passive_with_venire,
    progressive,
    pronoun_of_the_gerund,
    simple_past,
)

FREEDOMS: tuple[Freedom, ...] = (
    times_of_day, figures, nobody_before_or_after, pronoun_of_the_infinitive, not_as_much, as_much_as,
    used_to, for_so_long, instead_of_the_noun, participle_after_che, pronoun_of_the_gerund, either_auxiliary,
    simple_past, relative_pronouns, open_gender, equal_phrases, equal_constructions, equal_nouns, places,
    progressive, equal_verbs, passive_with_venire, spelled_out_relative, months_and_languages,
    future_after_if, formal_you, gender_of_the_speaker,
)  # fmt: skip
"""The progressive before the verbs: "sto attendendo" becomes "attendo", and that "aspetto"."""


def as_expected(sentence: Sentence) -> Sentence:
    """The sentence with every free choice replaced by the expected wording."""
    for freedom in FREEDOMS:
        sentence = freedom(sentence)
    return sentence
