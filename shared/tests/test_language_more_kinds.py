"""Faults of the kinds in tests/eval/judged/later_wrong.jsonl are refused, and right ones like them pass."""

import pytest
from tests.support.exercises import gap, italian, refused_for

from homework_shared.exercises.exercise import Exercise, Translation
from homework_shared.language.examine import problems


def found(exercise: Exercise) -> set[str]:
    return {str(problem.check) for problem in problems(exercise)}


@pytest.mark.parametrize(
    ("sentence", "check"),
    [
        ("Le vendite hanno diminuito molto.", "auxiliary"),
        ("Gli affitti hanno aumentato del dieci per cento.", "auxiliary"),
        ("La riunione ha durato due ore.", "auxiliary"),
        ("Abbiamo durato poco.", "auxiliary"),
        ("Siamo finiti i compiti.", "auxiliary"),
        ("Giulia si è vestito in fretta.", "participle"),
        ("Stamattina Marta si è svegliato presto.", "participle"),
        ("Te le ho comprato ieri.", "participle"),
        ("Le chiavi? Le ho lasciato sul tavolo della cucina.", "participle"),
        ("Una volta approvato la riforma, il governo riposa.", "participle"),
        ("In montagna le notti sono freddi.", "noun_agreement"),
        ("A Roma le strade è piene.", "verb_agreement"),
        ("Carla è stanca e molto nervosi.", "noun_agreement"),
        ("La mia amica Laura è gentile e sempre nervosi.", "noun_agreement"),
        ("A Luca non piace i peperoni.", "verb_agreement"),
        ("Questo vino è più migliore di quello.", "gap_fit"),
        ("Ho mai assaggiato il polpo.", "gap_fit"),
        ("Quando sono stato bambino vivevo a Bari.", "time"),
    ],
)
def test_a_fault_of_these_kinds_is_refused(sentence: str, check: str) -> None:
    assert check in refused_for(italian(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Il negozio ha aumentato i prezzi.",
        "I prezzi che il negozio ha aumentato sono alti.",
        "Il negozio li ha aumentati molto.",
        "La riunione è durata due ore.",
        "È finita la lezione.",
        "Sono finiti i soldi.",
        "Siamo passati la settimana scorsa.",
        "In treno si è partiti presto.",
        "Giulia si è pettinata in fretta.",
        "Te le ho comprate ieri.",
        "Le ho comprato un libro.",
        "Le ho comprato ieri del pane.",
        "Cosa le hai comprato?",
        "Le ho trovato casa a Roma.",
        "Le ho comprato alcuni fiori.",
        "Le ho lasciato due messaggi.",
        "Le ho comprato in centro un cappello.",
        "Marta si è comprato un vestito.",
        "Anna si è rotto un braccio.",
        "Di solito Luca si è mangiato tutto.",
        "Una volta approvata la riforma, il governo riposa.",
        "Una volta arrivato la chiamo, promesso.",
        "A Luca la pizza è piaciuta.",
        "In montagna le sono piaciute le notti.",
        "Carla è stanca e i bambini sono nervosi.",
        "La casa è grande e belli sono i giardini.",
        "Al bambino piacciono i gelati.",
        "Nel parco la sera i bambini giocano.",
        "Questo vino è migliore di quello.",
        "I più piccoli mangiano prima.",
        "Hai mai assaggiato il polpo?",
        "È il vino più buono che io abbia mai bevuto.",
        "Nessuno ha mai visto il drago.",
        "Quando è stata malata, la bambina dormiva.",
    ],
)
def test_what_only_resembles_these_faults_passes(sentence: str) -> None:
    assert not refused_for(italian(sentence)) & {
        "auxiliary", "participle", "noun_agreement", "verb_agreement", "gap_fit", "time",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer", "others", "is_wrong"),
    [
        ("___ nevica, resto a casa.", "Siccome", ("Poiché", "Sebbene", "Affinché"), True),
        ("Resto a casa ___ nevica.", "perché", ("poiché", "sebbene", "affinché"), True),
        ("Parlo piano ___ tu capisca.", "perché", ("poiché", "mentre", "sebbene"), False),
        ("___ fosse stanco, ha corso.", "Benché", ("Nonostante", "Anche se", "Perché"), True),
        ("___ la pioggia, siamo usciti.", "Nonostante", ("Benché", "Siccome", "Quando"), False),
        ("È piccolo, ___ è forte.", "ma", ("però", "se", "quando"), True),
        ("La farmacia è ___ alla scuola.", "accanto", ("vicino", "sopra", "dentro"), True),
        ("A pranzo mangio ___ la frutta.", "sempre", ("di solito", "ieri", "dove"), True),
        ("Odio il latte, ___ lo bevo.", "raramente", ("sempre", "ieri", "dove"), False),
        ("Ho invitato ___ amici di Sara.", "alcuni", ("degli", "qualche", "ogni"), True),
        ("Ho parlato di ___ libri.", "alcuni", ("dei", "qualche", "ogni"), False),
        ("Ho invitato ___ amici di Sara.", "alcuni", ("dei", "qualche", "ogni"), False),
    ],
)
def test_two_options_that_are_right_in_one_place_are_refused(
    question: str, answer: str, others: tuple[str, ...], *, is_wrong: bool
) -> None:
    assert ("options" in found(gap(question, answer, *others))) is is_wrong


@pytest.mark.parametrize(
    ("question", "answer", "check"),
    [
        ("La mia stanza è molto ___ (aggettivo).", "grande", "hint"),
        ("Il sabato io ___ (verbo) con gli amici.", "esco", "hint"),
        ("Domani noi ___ (futuro) a Roma.", "andremo", "hint"),
        ("Marco, ___ (dire, imperativo, tu) la verità!", "dici", "hint_mismatch"),
        (
            "Pare che la mostra ___ (riscuotere, congiuntivo passato) successo.",
            "abbia ottenuto",
            "hint_mismatch",
        ),
    ],
)
def test_a_hint_that_leaves_the_word_open_or_is_not_followed_is_refused(
    question: str, answer: str, check: str
) -> None:
    assert check in found(gap(question, answer))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Il contrario di piccolo è ___ (aggettivo).", "grande"),
        ("Vado in palestra ___ (preposizione) Luca.", "con"),
        ("Ieri ho mangiato troppo, domani non ___ (futuro).", "mangerò"),
        ("Marco, ___ (dire, imperativo, tu) la verità!", "di'"),
        ("Marco, non ___ (dire, imperativo, tu) bugie!", "dire"),
        ("Oggi fa ___ (più / meno) caldo di ieri.", "meno"),
        ("Ieri ___ (passato prossimo di andare) al mare.", "sono andato"),
    ],
)
def test_a_hint_that_names_the_word_or_offers_a_choice_passes(question: str, answer: str) -> None:
    assert found(gap(question, answer)) & {"hint", "hint_mismatch", "answer_visible"} == set()


@pytest.mark.parametrize(
    ("english", "sentence", "is_wrong"),
    [
        ("The museum was opened by the mayor.", "Il museo sarà aperto dal sindaco.", True),
        ("The museum was opened by the mayor.", "Il museo è stato aperto dal sindaco.", False),
        ("It was probably the postman.", "Sarà stato il postino.", False),
        ("I have been waiting for two hours.", "Ho aspettato per due ore.", True),
        ("I have been waiting for two hours.", "Aspetto da due ore.", False),
        ("I have been waiting for two hours.", "Sono due ore che aspetto.", False),
        ("I have been looking for my keys.", "Ho cercato le mie chiavi.", False),
        ("We used to play in the garden.", "Abbiamo giocato in giardino.", True),
        ("We used to play in the garden.", "Giocavamo in giardino.", False),
        ("He must have been waiting for two hours.", "Avrà aspettato due ore.", False),
        ("Sit down, please! (plural)", "Accomodatevi, prego!", False),
        ("I am used to working at night.", "Sono abituato a lavorare di notte.", False),
        ("The girls are reading the newspaper.", "La ragazza legge il giornale.", True),
        ("The girl is reading the newspaper.", "Le ragazze leggono il giornale.", True),
        ("The girls are reading the newspaper.", "Le ragazze leggono il giornale.", False),
        ("The boy and the girl are here.", "I ragazzi sono qui.", False),
    ],
)
def test_another_time_aspect_or_number_than_the_english_is_refused(
    english: str, sentence: str, *, is_wrong: bool
) -> None:
    explanation = f"“{sentence.split()[0]}” is the word that the sentence opens with."
    exercise = Translation(question=f"Translate: {english}", correct_answer=sentence, explanation=explanation)
    assert ("meaning" in found(exercise)) is is_wrong


@pytest.mark.parametrize(
    "explanation",
    [
        "All nouns ending in -a are masculine in Italian, so the article is 'la'.",
        "Nouns ending in -o are always feminine.",
        "Verbs with -isc- add it in the first and second person plural.",
        "Possessives agree with the owner.",
        "The formal 'Lei' takes the verb in the second person.",
        "'Qualche' is followed by a plural noun.",
        "Adverbs in '-mente' are formed from the masculine.",
        "The passive is formed with 'avere' and the participle.",
        "'La gente' takes a plural verb.",
        "Ordinal numbers are invariable.",
        "Reflexive verbs take 'essere' and the participle never changes.",
    ],
)
def test_a_rule_that_italian_does_not_have_is_refused(explanation: str) -> None:
    assert "explanation_false" in found(
        gap("Apri ___ (the) finestra.", "la", explanation=f"{explanation} Here it is 'la'.")
    )


@pytest.mark.parametrize(
    "explanation",
    [
        "Some nouns ending in -a are masculine, but 'finestra' is feminine.",
        "Nouns ending in -a are usually feminine.",
        "Possessives agree with the thing possessed, not with the owner.",
        "'Qualche' is never followed by a plural noun.",
        "Adverbs in '-mente' are formed from the feminine.",
        "'La gente' takes a singular verb.",
        "Reflexive verbs take 'essere' and the participle agrees with the subject.",
    ],
)
def test_a_rule_that_italian_has_passes(explanation: str) -> None:
    assert "explanation_false" not in found(
        gap("Apri ___ (the) finestra.", "la", explanation=f"{explanation} Here it is 'la'.")
    )


def test_the_explanation_names_the_auxiliary_of_the_answer() -> None:
    question, answer = "Ieri la squadra ___ (vincere, passato prossimo) la partita.", "ha vinto"
    wrong = "'Vincere' takes 'essere' in compound tenses, and the participle is 'vinto'."
    assert "explanation_false" in found(gap(question, answer, explanation=wrong))
    assert "explanation_false" not in found(
        gap(question, answer, explanation=wrong.replace("essere", "avere"))
    )
