"""The table of verb forms is compared with its source, and with a second and a third source."""

from types import ModuleType

import pytest
from tests.support.generator.spelling import unknown_words

from homework_shared.language.italian.verb_table import Forms, read_forms, verb_forms

# These forms are right although no dictionary has them: the imperfect of compire, the participle of
# propendere, forms of sedere and stare, and an imperative that is never used.
REVIEWED = {"compivo", "compivi", "compivamo", "compivate", "propeso", "sedé", "stemmo", "vogli"}

pytestmark = pytest.mark.timeout(600)  # It takes ten seconds on an otherwise idle machine.


@pytest.fixture(scope="module")
def built(verb_tool: ModuleType) -> Forms:
    """The generated table. It takes about ten seconds, because all verbs are conjugated."""
    forms: Forms = verb_tool.build(verb_tool.infinitives())
    return forms


def test_the_table_is_the_one_that_its_script_builds(verb_tool: ModuleType, built: Forms) -> None:
    table, expected = verb_tool.TABLE.read_text("utf-8"), verb_tool.render(built)
    # Lists of lines are compared, because pytest needs minutes to show how two long texts differ.
    differing = sorted(set(table.splitlines()) ^ set(expected.splitlines()))
    assert differing == [], "run shared/tools/build_verb_forms.py"
    assert (table == expected) is True, (
        "lines are twice or in another order: run shared/tools/build_verb_forms.py"
    )


def test_what_is_written_as_like_a_model_is_read_as_it_was(verb_tool: ModuleType, built: Forms) -> None:
    assert (read_forms(verb_tool.render(built).splitlines()) == built) is True


def test_the_list_of_infinitives_is_sorted_and_names_none_twice(verb_tool: ModuleType) -> None:
    verbs = verb_tool.infinitives()
    assert verbs == sorted(set(verbs))


def test_the_conjugator_never_guesses(verb_tool: ModuleType) -> None:
    with pytest.raises(LookupError, match="does not know sgranocchiolare"):
        verb_tool.build(["sgranocchiolare"])


def test_another_source_confirms_every_person_of_every_tense(verb_tool: ModuleType) -> None:
    """Apertium's dictionary lacks rare verbs. Their forms have to be in hunspell's dictionary."""
    rows = [(verb, tense, row) for verb, table in verb_forms().items() for tense, row in table.items()]
    dictionary = verb_tool.Dictionary({form for _, _, row in rows for cell in row for form in cell})
    unconfirmed = {
        (verb, cell[0])
        for verb, tense, row in rows
        for person, cell in enumerate(row)
        if cell and not any(dictionary.confirms(form, verb, verb_tool.tags(tense, person)) for form in cell)
    }
    assert unknown_words({form for _, form in unconfirmed}) == REVIEWED
    assert len({verb for verb, _ in unconfirmed}) < len(verb_forms()) / 2
