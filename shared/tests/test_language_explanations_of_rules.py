"""An explanation is refused if the tables or the rules of Italian contradict it."""

import pytest
from tests.support.explanations import found

from homework_shared.exercises.checks import Check


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        ("Anna ___ (cantare) bene.", "canta", "'Canta' is the first person singular of 'cantare'."),
        ("Domani ___ (partire, io) presto.", "partirò", "'Partirò' is the conditional of 'partire'."),
        ("Ieri Anna ___ (partire).", "è partita", "'Partire' takes 'avere' in the passato prossimo."),
        ("La ___ (mano) di Anna è fredda.", "mano", "'Mano' is masculine, although it is used for women."),
        ("Anna ___ (dormire) molto.", "dorme", "'Dormire' is a verb in -ere, so it ends in -e."),
        ("Anna ___ (parlare) molto.", "parla", "'Parlare' is irregular in the present."),
        ("Anna ___ (andare) al cinema.", "va", "'Andare' is regular in the present."),
        ("I ragazzi ___ (dormire).", "dormono", "The subject is singular, and 'dormire' is regular."),
        ("Mi ___ (piacere) la pizza.", "piace", "'Mi' is the subject of the sentence."),
        ("Le ___ (scrivere, io) spesso.", "scrivo", "'Scrivere' is a verb of the first conjugation."),
        ("Vedo ___ zio di Anna.", "lo", "'Zio' begins with a vowel, and it is masculine."),
        ("Ho mangiato le mele e ___ ho finite.", "le", "'Le' replaces 'i libri' or 'le mele'."),
        ("Uscirò ___ piova.", "benché", "'Benché' means 'because' and takes the subjunctive."),
        ("Ieri Anna ___ (rompere) il vaso.", "ha rotto", "'Rompere' has a regular past participle: 'rotto'."),
        (
            "Le ho telefonato ieri.",
            "Le ho telefonato ieri.",
            "'Le' is the direct object pronoun for a woman.",
        ),
        (
            "Anna ha detto che ___ (venire).",
            "sarebbe venuta",
            "The past conditional is formed with the present subjunctive of the auxiliary: 'venuta'.",
        ),
        (
            "Anna e Sara sono ___ (partire).",
            "partite",
            "The participle agrees with 'il treno' in this sentence.",
        ),
        ("Noi ___ (parlare) piano.", "parliamo", "This is the 'voi' form of 'parlare'."),
        ("La casa è ___ (bianco).", "bianca", "The feminine of 'bianco' is 'bianchi'."),
    ],
)
def test_what_the_tables_contradict_is_refused(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == {Check.EXPLANATION_FALSE}


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        ("Anna ___ (cantare) bene.", "canta", "'Canta' is the third person singular of 'cantare'."),
        (
            "Se ___ (potere, io) partirei.",
            "potessi",
            "'Potessi' is the imperfect of the subjunctive, which 'se' needs here.",
        ),
        ("Ieri Anna ___ (correre) a casa.", "è corsa", "'Correre' takes 'essere' when a goal is named."),
        ("La ___ (mano) di Anna è fredda.", "mano", "'Mano' is feminine, although it ends in -o."),
        (
            "Anna ___ (finire) presto.",
            "finisce",
            "'Finire' is a verb in -ire that is irregular for some, with '-isc-'.",
        ),
        (
            "Anna ___ (andare, futuro) al cinema.",
            "andrà",
            "'Andare' is irregular in the future: its stem is 'andr-'.",
        ),
        (
            "Io e Anna ___ (dormire).",
            "dormiamo",
            "The subject 'io e Anna' is plural, and 'dormire' is regular.",
        ),
        (
            "Mi ___ (piacere) le pizze.",
            "piacciono",
            "The subject is 'le pizze', so the verb is in the third person plural.",
        ),
        (
            "La gente ___ (parlare) molto.",
            "parla",
            "'La gente' is singular in Italian, although it means 'people'.",
        ),
        ("Vedo ___ uomo di ieri.", "l'", "'Uomo' begins with a vowel, so the article loses its own."),
        ("I libri? ___ ho letti.", "Li", "'Li' replaces 'i libri', which is masculine plural."),
        ("Uscirò ___ piova.", "benché", "'Benché' means 'although' and takes the subjunctive."),
        (
            "Ieri Anna ___ (vendere) la casa.",
            "ha venduto",
            "'Vendere' has a regular past participle: 'venduto'.",
        ),
        (
            "I saw her.",
            "L'ho vista.",
            "'La' is the direct object pronoun for a woman, so the participle is feminine.",
        ),
        (
            "Anna ha detto che ___ (venire).",
            "sarebbe venuta",
            "The past conditional is formed with the conditional of 'essere' and the participle.",
        ),
        (
            "Anna e Sara sono ___ (partire).",
            "partite",
            "The participle agrees with 'Anna e Sara': feminine plural.",
        ),
        (
            "Signora, ___ (parlare, Lei) piano.",
            "parli",
            "The imperative of 'parlare' for Lei is the third person singular of the subjunctive.",
        ),
        ("La casa è ___ (bianco).", "bianca", "The feminine of 'bianco' is 'bianca'."),
        (
            "Il film ___ (essere) bello.",
            "era",
            "'Era' is the imperfetto of 'essere', used here for a description.",
        ),
    ],
)
def test_what_the_tables_confirm_passes(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == set()


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        ("Vado ___ Roma.", "a", "Cities take 'in', and 'a' is used with verbs of movement."),
        ("Vado ___ Francia.", "in", "Countries take 'a' without an article, but here 'in' is used."),
        (
            "Ieri ci ___ (alzarsi) tardi.",
            "siamo alzati",
            "Reflexive verbs take 'avere' in compound tenses such as 'siamo alzati'.",
        ),
        (
            "Ieri Anna ___ (andare) a casa.",
            "è andata",
            "With 'essere' the participle never changes, as in 'è andata'.",
        ),
        (
            "Anna ___ (mangiare, passato prossimo).",
            "ha mangiato",
            "With 'avere' the participle agrees with the subject: 'ha mangiato'.",
        ),
        (
            "Quando ero piccolo ___ (giocare) qui.",
            "giocavo",
            "The imperfetto describes a completed action, here 'giocavo'.",
        ),
        (
            "Ieri Anna ___ (uscire) tardi.",
            "è uscita",
            "The passato prossimo expresses a habit, here 'è uscita'.",
        ),
        ("Benché ___ (piovere), esco.", "piova", "'Benché' is followed by the indicative, as 'piova' shows."),
        ("Se ___ (avere, io) tempo, verrei.", "avessi", "After 'se' Italian uses the conditional: 'avessi'."),
        ("Lo ___ di Anna è nuovo.", "zaino", "Before z the article is 'il', so 'zaino' is masculine."),
        ("Compro ___ zucchero.", "lo", "'Lo' is used before feminine nouns that begin with z."),
        ("Anna cammina ___ (lento).", "lentamente", "The adverb agrees with the subject: 'lentamente'."),
        ("Anche se ___ (piovere), esco.", "piove", "'Anche se' requires the subjunctive: 'piove'."),
    ],
)
def test_a_rule_that_italian_does_not_have_is_refused(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == {Check.EXPLANATION_FALSE}


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        ("Vado ___ Roma.", "a", "Cities take 'a', while countries take 'in'."),
        ("Vado ___ Francia.", "in", "Countries take 'in' without an article; 'a' is for cities."),
        ("Ieri ci ___ (alzarsi) tardi.", "siamo alzati", "Reflexive verbs take 'essere', never 'avere'."),
        (
            "Ieri Anna ___ (andare) a casa.",
            "è andata",
            "With 'essere' the participle agrees with the subject, with 'avere' it does not.",
        ),
        (
            "Anna ___ (mangiare, passato prossimo).",
            "ha mangiato",
            "With 'avere' the participle does not agree with the subject.",
        ),
        (
            "Quando ero piccolo ___ (giocare) qui.",
            "giocavo",
            "The imperfetto describes a habit, not a completed action.",
        ),
        (
            "Ieri Anna ___ (uscire) tardi.",
            "è uscita",
            "The passato prossimo expresses a completed action; a habit takes the imperfetto.",
        ),
        ("Benché ___ (piovere), esco.", "piova", "'Benché' is never followed by the indicative."),
        (
            "Se ___ (avere, io) tempo, verrei.",
            "avessi",
            "After 'se' one uses the subjunctive, and the conditional in the main clause.",
        ),
        ("Lo ___ di Anna è nuovo.", "zaino", "Before z the article is 'lo', so it is 'lo zaino'."),
        (
            "Compro ___ zucchero.",
            "lo",
            "'Lo' is used before masculine nouns that begin with z; feminine ones take 'la'.",
        ),
        ("Anna cammina ___ (lento).", "lentamente", "The adverb does not agree with the subject."),
        (
            "Anche se ___ (piovere), esco.",
            "piove",
            "'Anche se' takes the indicative, 'benché' the subjunctive.",
        ),
    ],
)
def test_a_rule_that_italian_has_passes(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == set()
