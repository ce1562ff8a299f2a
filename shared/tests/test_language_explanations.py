"""An explanation passes if it concerns its exercise and leads to its answer, however it is worded."""

import pytest
from tests.support.explanations import found

from homework_shared.exercises.checks import Check


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
