"""Right explanations pass, however they are worded, and false ones are refused."""

import pytest

from homework_shared.exercises.checks import Check
from homework_shared.exercises.exercise import Exercise, FillInBlank, Translation
from homework_shared.language.examine import problems

OF_EXPLANATIONS = {Check.EXPLANATION_LANGUAGE, Check.EXPLANATION_OFF_TOPIC, Check.EXPLANATION_FALSE}


def found(question: str, answer: str, explanation: str) -> set[Check]:
    kind = FillInBlank if "___" in question else Translation
    text = question if "___" in question else f"Translate: {question}"
    exercise: Exercise = kind(question=text, correct_answer=answer, explanation=explanation)
    return {problem.check for problem in problems(exercise)} & OF_EXPLANATIONS


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        (
            "Noi ___ (andare, passato prossimo) al mare.",
            "siamo andati",
            "Andare takes essere in the passato prossimo.",
        ),
        ("It is cold.", "Fa freddo.", "Fare is used for the weather."),
        ("Vado ___ Roma.", "a", "A with cities."),
        ("Hi.", "Ciao.", "It is what friends say when they meet."),
        ("Anna ___ (parlare) bene.", "parla", "The third person of the present ends in “-a”."),
        (
            "Ieri Anna ___ (leggere) un libro.",
            "ha letto",
            "Leggere takes avere, and its participle is irregular.",
        ),
        ("Mario ___ (dormire) molto.", "dorme", "Verbs in -ire end in -e for lui and lei."),
        ("Good night.", "Buonanotte.", "One says this before going to bed."),
        ("Ho comprato due ___ (libro).", "libri", "Masculine nouns in -o end in -i in the plural."),
        ("Penso che lui ___ (avere) ragione.", "abbia", "After verbs of opinion the subjunctive is used."),
        ("Vado in palestra ___ lunedì.", "il", "With the article a day means every week."),
        ("La torta? ___ mangio dopo.", "La", "It stands for the cake, so it is feminine singular."),
        ("Mio fratello studia ___ Italia.", "in", "Countries take this preposition without an article."),
        ("I agree.", "Sono d'accordo.", "An idiom: literally, 'I am of accord'."),
    ],
)
def test_a_short_or_plain_explanation_passes(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == set()


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        (
            "Domani ___ (partire, io) presto.",
            "partirò",
            "Partitive articles such as 'del' and 'dei' mean 'some'.",
        ),
        ("The dog sleeps.", "Il cane dorme.", "The days of the week are written with a small letter."),
        (
            "La casa ___ ho comprato è piccola.",
            "che",
            "Adjectives in '-e' have the same form for both genders.",
        ),
        (
            "Domani ___ (partire, io) presto.",
            "partirò",
            "Nouns in '-ista' have the same form for men and women.",
        ),
        (
            "We will see the castle.",
            "Vedremo il castello.",
            "Verbs of movement take 'essere', and their participle agrees.",
        ),
        (
            "Ieri Luca ___ (mangiare) tardi.",
            "ha mangiato",
            "The imperfect subjunctive is used after an unreal 'if'.",
        ),
        (
            "The cat is black.",
            "Il gatto è nero.",
            "Reflexive verbs have a pronoun that agrees with the subject.",
        ),
        ("I have two dogs.", "Ho due cani.", "Possessives have an article in Italian, as in 'la mia casa'."),
        (
            "He writes a letter.",
            "Scrive una lettera.",
            "The gerund shows that something is going on right now.",
        ),
        ("Anna ___ (cantare) bene.", "canta", "The future tells of plans and promises."),
        ("She reads a book.", "Legge un libro.", "The comparative is made with 'più' and 'di'."),
    ],
)
def test_an_explanation_of_something_else_is_off_topic(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == {Check.EXPLANATION_OFF_TOPIC}


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        (
            "Domani ___ (partire, io) presto.",
            "partirò",
            "The future tells of plans, and 'io' has the ending '-ò'.",
        ),
        ("Compro ___ pane.", "del", "Partitive articles mean 'some' in English."),
        ("On Monday I work.", "Lunedì lavoro.", "The days of the week are written with a small letter."),
        ("Anna è ___ (felice).", "felice", "Adjectives in '-e' have the same form for both genders."),
        ("Mio zio è un ___ famoso.", "pianista", "Nouns in '-ista' have the same form for men and women."),
        ("We went out.", "Siamo usciti.", "Verbs of movement take 'essere', and their participle agrees."),
        (
            "Se ___ (avere, io) tempo, verrei.",
            "avessi",
            "The imperfect subjunctive is used after an unreal 'if'.",
        ),
        ("I get up.", "Mi alzo.", "Reflexive verbs have a pronoun that agrees with the subject."),
        ("She is my aunt.", "È mia zia.", "Possessives have no article with one member of the family."),
        ("He is writing.", "Sta scrivendo.", "The gerund shows that something is going on right now."),
        ("He is taller than me.", "È più alto di me.", "The comparative is made with 'più' and 'di'."),
    ],
)
def test_a_rule_of_this_exercise_is_on_topic(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == set()


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        ("Noi ___ (mangiare) tardi.", "mangiamo", "The subject is 'noi', so the verb is 'mangiate'."),
        (
            "Ieri Anna ___ (partire) per Roma.",
            "è partita",
            "'Partire' is a verb of movement, so the right form is 'ha partito'.",
        ),
        ("Mi piace ___ zaino di Luca.", "lo", "'Zaino' is masculine, so the article is 'il'."),
        ("Abito ___ Milano.", "a", "It is the name of a place, so the preposition is 'in'."),
        ("She will come tomorrow.", "Verrà domani.", "The future of 'venire' is irregular, hence 'verrò'."),
        ("Le chiavi? ___ ho perse.", "Le", "The keys are replaced by a pronoun, so the pronoun is 'li'."),
        (
            "Anna ___ (bere) il tè.",
            "beve",
            "The verb 'bere' is irregular, therefore 'bevono' is needed here.",
        ),
        (
            "Penso che Anna ___ (avere) ragione.",
            "abbia",
            "The opinion is certain, so the correct form is 'ha'.",
        ),
        ("Luca è più alto ___ me.", "di", "Before a pronoun 'than' is different, so we use 'che'."),
        (
            "We have done the homework.",
            "Abbiamo fatto i compiti.",
            "'Fare' is irregular, so the verb is 'hanno fatto'.",
        ),
        (
            "Gli amici di Luca ___ (essere) simpatici.",
            "sono",
            "The subject is plural, so the answer is 'siamo'.",
        ),
    ],
)
def test_another_form_than_the_answer_is_refused(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == {Check.EXPLANATION_FALSE}


@pytest.mark.parametrize(
    ("question", "answer", "explanation"),
    [
        (
            "Noi ___ (mangiare) tardi.",
            "mangiamo",
            "The subject is 'noi', so the verb is 'mangiamo'; with 'voi' it would be 'mangiate'.",
        ),
        (
            "Ieri Anna ___ (partire) per Roma.",
            "è partita",
            "The verb is 'partire', so the auxiliary is 'essere'.",
        ),
        ("Mi piace ___ zaino di Luca.", "lo", "'Zaino' begins with z, so the article is 'lo' and not 'il'."),
        ("Abito ___ Milano.", "a", "'Milano' is a city, so the preposition is 'a'; countries take 'in'."),
        (
            "She will come tomorrow.",
            "Verrà domani.",
            "The future of 'venire' has the stem 'verr-', so 'lei' has 'verrà'.",
        ),
        ("Le chiavi? ___ ho perse.", "Le", "'Le chiavi' is feminine plural, so the pronoun is 'le'."),
        ("Ho tre ___ (uovo).", "uova", "'Uovo' has an irregular plural, so the plural is 'le uova'."),
        (
            "Penso che Anna ___ (avere) ragione.",
            "abbia",
            "'Pensare che' takes the subjunctive, so 'ha' becomes 'abbia'.",
        ),
        ("Luca è più alto ___ me.", "di", "Before a pronoun we use 'di': 'di me'."),
        (
            "We have done the homework.",
            "Abbiamo fatto i compiti.",
            "'Noi' is understood, so the auxiliary is 'abbiamo'.",
        ),
        ("Te lo ___ (dire) domani.", "dico", "'Ti' becomes 'te' before 'lo', and the verb is 'dire'."),
        ("Vedo ___ (il) amici di Anna.", "gli", "'Amici' begins with a vowel, so 'i' becomes 'gli'."),
    ],
)
def test_the_answer_and_what_leads_to_it_may_be_quoted(question: str, answer: str, explanation: str) -> None:
    assert found(question, answer, explanation) == set()


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
