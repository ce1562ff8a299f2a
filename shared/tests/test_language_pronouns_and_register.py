"""Pronouns in a wrong form or a wrong place are refused, and "tu" to somebody with a title is."""

import pytest
from tests.support.exercises import gap, italian, refused_for

from homework_shared.exercises.exercise import Translation


@pytest.mark.parametrize(
    "sentence",
    [
        "Se ti serve la bici, ti la presto.",
        "Mi lo racconti stasera?",
        "Gli lo compro domani.",
        "Le ne parlo io.",
        "Ci li porta il postino.",
        "Mi l'ha detto Paolo.",
        "Vogliamo le invitare.",
        "Posso ti aiutare?",
        "Devi lo finire oggi.",
        "Sono uscito senza ti salutare.",
        "Vieni al mare con mi?",
        "Il pacco è per ti.",
        "Secondo io hai torto.",
        "Questi biscotti sono buoni: li mangio due.",
        "Che belle pere! Le prendo un chilo.",
        "Ci ho comprati tre.",
        "Quando vedo i miei zii, li porto delle rose.",
        "La scrivo una lettera.",
        "Lo chiedo un consiglio.",
        "Gli incontro spesso.",
        "Gli abbiamo salutato ieri.",
        "È un pittore di cui quadri sono famosi.",
        "Ho un'amica di cui madre è medico.",
    ],
)
def test_a_pronoun_in_a_wrong_form_or_place_is_refused(sentence: str) -> None:
    assert "pronoun" in refused_for(italian(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Te la presto volentieri.",
        "Gliene parlo io.",
        "Lo si vede ogni giorno.",
        "Mi si è rotto il telefono.",
        "Non ti preoccupare!",
        "Lo sciare è caro.",
        "La popolare attrice è a Roma.",
        "Le militari sono tornate.",
        "Parliamo a tu per tu.",
        "La sonata è in mi minore.",
        "Secondo te ha ragione?",
        "Li vedo tutti e tre.",
        "Li compro tre volte al mese.",
        "Ci metto due uova.",
        "Le prendo domani.",
        "Lo porto io il vino.",
        "Le mando il pacco la settimana prossima.",
        "La mando una volta al mese.",
        "Lo presto un attimo a Sara.",
        "La racconta un vecchio amico.",
        "Gli vedo gli occhi stanchi.",
        "Gli incontri sono finiti.",
        "È un libro di cui tutti parlano.",
        "Ecco i libri di cui parli sempre.",
    ],
)
def test_a_pronoun_that_only_resembles_a_wrong_one_passes(sentence: str) -> None:
    assert "pronoun" not in refused_for(italian(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Signora Conti, quando puoi venire?",
        "Accomodati, dottor Bianchi.",
        "Scusa, signora, dov'è la stazione?",
        "Come stai, signora Rossi?",
        "Professore, hai corretto i compiti?",
        "Buongiorno, signora, come ti chiami?",
        "È tuo questo ombrello, signore?",
        "Scusi, signore, gira a sinistra.",
    ],
)
def test_somebody_with_a_title_who_is_addressed_as_tu_is_refused(sentence: str) -> None:
    assert "register" in refused_for(italian(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Signora Conti, quando può venire?",
        "Si accomodi, dottor Bianchi.",
        "La signora Conti, tua vicina, è malata.",
        "Hai visto il dottore?",
        "Ho parlato con la professoressa, ti saluta.",
        "Mio padre, ingegnere, ti aiuterà.",
        "Ti presento mia zia, professoressa.",
        "Signora Parenti, ci sono i suoi parenti.",
        "— Professore, posso uscire? — Sì, se hai finito.",
        "Scusi, signore, giri a sinistra.",
    ],
)
def test_a_title_that_is_no_form_of_address_and_the_polite_form_pass(sentence: str) -> None:
    assert "register" not in refused_for(italian(sentence))


@pytest.mark.parametrize(
    ("cue", "sentence", "is_wrong"),
    [
        ("formal", "Puoi ripetere, per favore?", True),
        ("formal", "Può ripetere, per favore?", False),
        ("formal", "Accomodati qui.", True),
        ("informal, singular", "Lei può ripetere?", False),
        ("informal, singular", "Scusi, può ripetere?", True),
        ("informal, singular", "Ho visto la Sua macchina.", True),
        ("informal, singular", "Puoi ripetere, per favore?", False),
    ],
)
def test_the_form_of_address_is_the_one_that_the_cue_names(
    cue: str, sentence: str, *, is_wrong: bool
) -> None:
    exercise = italian(sentence, f"({cue})")
    assert isinstance(exercise, Translation)
    assert ("register" in refused_for(exercise)) is is_wrong


def test_a_gap_may_ask_for_the_formal_address() -> None:
    assert "register" in refused_for(gap("Quando ___ (potere, presente, formale) venire?", "puoi"))
    assert "register" not in refused_for(gap("Quando ___ (potere, presente, formale) venire?", "può"))
    assert "register" not in refused_for(gap("Quando ___ (potere, presente, informale) venire?", "puoi"))
