"""The forms of the content's verbs are compared with a second source and with textbook patterns.

shared/tests/test_verb_forms.py tests how the table is built.
"""

from types import ModuleType

import pytest
from tests.support.generator.spelling import unknown_words

from homework_mock_generator.conjugation import Conjugator, Tense, bare, forms_of
from homework_mock_generator.content import Content

# Reviewed by hand: these verbs are intransitive here and take essere, but the conjugator only knows avere.
INTRANSITIVE = {
    "dimagrire", "dipendere", "fuggire", "guarire", "restare", "riuscire", "salire", "scendere", "scivolare",
    "sembrare", "tornare",
}  # fmt: skip
# These forms are right although no dictionary has them: a form of stare, and an imperative that is never
# used.
REVIEWED = {"stemmo", "vogli"}


@pytest.fixture(scope="module")
def conjugator(content: Content) -> Conjugator:
    return Conjugator(content.forms)


def test_a_verb_that_the_table_lacks_is_refused_with_what_to_do() -> None:
    # Content.load() reports this too. With such a verb in the content, every test here fails with this
    # sentence.
    with pytest.raises(
        ValueError, match=r"lacks sgranocchiolare: add to shared/tools/infinitives\.txt and run"
    ):
        forms_of({"parlare", "alzarsi", "sgranocchiolarsi"})


def test_every_verb_of_the_content_is_in_the_list_of_infinitives(
    verb_tool: ModuleType, content: Content
) -> None:
    missing = content.forms.keys() - set(verb_tool.infinitives())
    assert not missing, "add these to shared/tools/infinitives.txt and run shared/tools/build_verb_forms.py"


def test_a_second_source_confirms_the_irregular_forms(
    verb_tool: ModuleType, content: Content, conjugator: Conjugator
) -> None:
    irregular = {
        (verb, tense)
        for verb, tenses in content.forms.items()
        for tense in tenses
        if tense in verb_tool.FINITE and not conjugator.is_regular(verb, Tense(tense))
    }
    words = {form for verb, tense in irregular for cell in content.forms[verb][tense] for form in cell}
    dictionary = verb_tool.Dictionary(words)
    unconfirmed = {
        form
        for verb, tense in irregular
        for person, cell in enumerate(content.forms[verb][tense])
        if cell and not any(dictionary.confirms(form, verb, verb_tool.tags(tense, person)) for form in cell)
        for form in cell[:1]
    }
    # The second source lacks some rare verbs, so their forms have to be in a third one.
    assert unknown_words(unconfirmed) <= REVIEWED
    assert len(irregular) > 150
    assert len(unconfirmed) < len(words) / 10


def test_at_least_two_hundred_verbs_have_auxiliary_and_participle(content: Content) -> None:
    assert len({verb.infinitive for verb in content.verbs}) >= 200
    assert all(content.forms[bare(verb.infinitive)]["participle"][0] for verb in content.verbs)


def test_the_conjugator_agrees_on_the_auxiliary(verb_tool: ModuleType, content: Content) -> None:
    differing = set()
    for verb in content.verbs:
        if not verb.reflexive and content.forms[verb.infinitive]["participle"][0]:
            moods = verb_tool.conjugate(verb.infinitive)
            past = verb_tool.helpers(moods["indicativo"]["passato-prossimo"])
            if verb.auxiliary not in past:
                differing.add(verb.infinitive)
    assert differing == INTRANSITIVE


def test_reflexive_verbs_take_essere(content: Content) -> None:
    assert all(verb.auxiliary == "essere" for verb in content.verbs if verb.reflexive)


@pytest.mark.parametrize(
    ("infinitive", "tense", "forms"),
    [
        ("mangiare", "present", "mangio mangi mangia mangiamo mangiate mangiano"),
        ("cercare", "present", "cerco cerchi cerca cerchiamo cercate cercano"),
        ("finire", "present", "finisco finisci finisce finiamo finite finiscono"),
        ("scegliere", "present", "scelgo scegli sceglie scegliamo scegliete scelgono"),
        ("andare", "future", "andrò andrai andrà andremo andrete andranno"),
        ("cercare", "future", "cercherò cercherai cercherà cercheremo cercherete cercheranno"),
        ("bere", "conditional", "berrei berresti berrebbe berremmo berreste berrebbero"),
        ("fare", "imperfect", "facevo facevi faceva facevamo facevate facevano"),
        ("scrivere", "remote", "scrissi scrivesti scrisse scrivemmo scriveste scrissero"),
        ("essere", "subjunctive_imperfect", "fossi fossi fosse fossimo foste fossero"),
        ("venire", "subjunctive_present", "venga venga venga veniamo veniate vengano"),
    ],
)
def test_forms_follow_the_textbook_patterns(
    conjugator: Conjugator, infinitive: str, tense: Tense, forms: str
) -> None:
    assert [conjugator.simple(infinitive, Tense(tense), person) for person in range(6)] == forms.split()


def test_a_reflexive_verb_has_its_pronoun(content: Content, conjugator: Conjugator) -> None:
    verb = content.verb("alzarsi")
    forms = [conjugator.form(verb, Tense.PRESENT, person) for person in range(6)]
    assert forms == ["mi alzo", "ti alzi", "si alza", "ci alziamo", "vi alzate", "si alzano"]
    assert conjugator.form(verb, Tense.PASSATO_PROSSIMO, 5, "f", "plural") == "si sono alzate"
    with pytest.raises(ValueError, match="the gender is needed"):
        conjugator.form(verb, Tense.PASSATO_PROSSIMO, 0)


def test_a_form_with_an_alternative_is_not_asked_for(content: Content, conjugator: Conjugator) -> None:
    devo = content.verb("dovere")
    assert conjugator.has_one_form(devo, Tense.PRESENT, 1)
    assert not conjugator.has_one_form(devo, Tense.PRESENT, 0)  # devo, debbo
    # Verbs with one more right form than the table: perso beside perduto, vendetti beside vendei.
    assert not conjugator.has_one_participle(content.verb("perdere"))
    assert not conjugator.has_one_form(content.verb("vendere"), Tense.REMOTE, 0)


@pytest.mark.parametrize(
    ("infinitive", "tense", "regular"),
    [
        ("parlare", "present", True),
        ("pagare", "future", True),
        ("studiare", "present", True),
        ("mangiare", "future", True),
        ("capire", "present", True),
        ("andare", "present", False),
        ("bere", "future", False),
        ("prendere", "remote", False),
        ("prendere", "present", True),
    ],
)
def test_a_regular_verb_has_the_endings_of_a_model(
    conjugator: Conjugator, infinitive: str, tense: str, *, regular: bool
) -> None:
    assert conjugator.is_regular(infinitive, Tense(tense)) is regular
