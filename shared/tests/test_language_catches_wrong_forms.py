"""Wrong forms of the kinds that models write are found, and correct sentences that resemble them are not."""

import pytest
from tests.support.exercises import gap, italian, refused_for

from homework_shared.exercises.exercise import Exercise
from homework_shared.language.examine import problems


def found(exercise: Exercise) -> list[str]:
    return [f"{problem.check}: {problem.detail}" for problem in problems(exercise)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Le mie sorelle sono arrivati tardi.",
        "I nostri vicini si sono trasferita a Bari.",
        "Le cugine di Marco sono tornati a casa.",
        "Gli studenti sono entrata in classe.",
        "Le giornaliste sono partiti per Roma.",
        "Letto le pagine, il professore uscì.",
        "Chiuso la finestra, Anna andò a letto.",
        "Le foto sono stato scattate ieri.",
        "I bambini si sono addormentato presto.",
        "Le pianiste sono usciti dal teatro.",
    ],
)
def test_a_participle_that_does_not_agree_is_refused(sentence: str) -> None:
    assert "participle" in refused_for(italian(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Le scarpe mi hanno costato cento euro.",
        "Siamo visitati il museo.",
        "Anna è mangiato la mela.",
        "Il medico ha intervenuto subito.",
        "Il felino ha sopravvissuto all'incendio.",
        "Ieri siamo invitati gli amici di Sara.",
        "Siete comprati la macchina.",
        "Luca è letto la lettera.",
        "Il lavoro ha consistito in poco.",
        "I ragazzi sono visto la partita.",
    ],
)
def test_the_wrong_auxiliary_is_refused(sentence: str) -> None:
    assert refused_for(italian(sentence)) & {"auxiliary", "participle"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Marta è stanco.",
        "Le finestre della casa sono aperti.",
        "I ragazzi escono con le loro amici.",
        "La nuova appartamento è grande.",
        "La tua vecchia quaderno è qui.",
        "La zuppa sembra squisito.",
        "Penso che i moduli allegata siano utili.",
        "Giulia e Anna sono simpatici.",
        "Il nostro piccolo giardino è molto rumorosa.",
        "La strada rimane chiuso.",
    ],
)
def test_what_does_not_agree_anywhere_in_the_sentence_is_refused(sentence: str) -> None:
    assert refused_for(italian(sentence)) & {"noun_agreement", "article"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Domani vado al dentista.",
        "Siamo andati alla dottoressa.",
        "Questo libro è della mia sorella.",
        "Telefono alla mia madre.",
        "È la ragazza più generosa nella classe.",
        "Non posso rinunciare del caffè.",
        "Mi sono innamorato a lei.",
        "Tutto dipende su te.",
        "Si è approfittato alla situazione.",
        "Ho provato di dormire.",
    ],
)
def test_a_wrong_preposition_or_article_is_refused(sentence: str) -> None:
    assert refused_for(italian(sentence)) & {"preposition", "article"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Volerei venire con voi.",
        "Poterebbe aprire la finestra?",
        "Il vecchio spegnò la luce.",
        "I soldati attendarono il treno.",
        "Gli amici stringarono la mano.",
        "Loro non capono la domanda.",
        "Ho discututo con Paola.",
        "Penso che loro sentino la musica.",
        "Il re volgò gli occhi.",
        "Tu prefere il mare.",
    ],
)
def test_a_form_of_no_verb_or_of_another_one_is_refused(sentence: str) -> None:
    assert refused_for(italian(sentence)) & {"orthography", "unknown_word", "verb_agreement"}


@pytest.mark.parametrize(
    "exercise",
    [
        gap("Nessuno immaginava che la guerra ___ l'anno dopo.", "finirà"),
        gap("Mi aspettavo che tu ___ prima.", "arrivi"),
        gap("Era ora che Paolo ___ casa.", "cambierà"),
        gap("È opportuno che voi ___ (venire) subito.", "venite"),
        gap("Immagino che Sara ___ stanca.", "è"),
        gap("Da piccolo ___ sempre un berretto rosso.", "ho portato"),
        gap("Da bambine ogni estate ___ al mare.", "siamo andate"),
        italian("Penso che Marco dorme ancora."),
        italian("Voglio che tu mangi, ma credo che lui cucina male."),
        italian("Avevo paura che il treno è in ritardo."),
    ],
)
def test_a_wrong_mood_or_tense_is_refused(exercise: Exercise) -> None:
    assert refused_for(exercise) & {"mood", "time"}


@pytest.mark.parametrize(
    ("sentence", "cue"),
    [
        ("Il nonno ci portò il pane.", "(passato prossimo)"),
        ("Ho visto il mare.", "(imperfetto)"),
        ("Andiamo a casa.", "(futuro semplice)"),
        ("Mangio una mela.", "(condizionale)"),
        ("Vedevo le stelle.", "(passato remoto)"),
        ("Dicono la verità.", "(passato prossimo)"),
        ("Vendo la casa.", "(futuro)"),
        ("Ho scritto a Marta.", "(trapassato prossimo)"),
        ("Partirò domani.", "(presente)"),
        ("Credo che sia tardi.", "(imperfetto)"),
    ],
)
def test_a_translation_in_another_tense_than_its_cue_is_refused(sentence: str, cue: str) -> None:
    assert "hint_mismatch" in refused_for(italian(sentence, cue))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Non ___ ancora mangiato.", "ho mangiato"),
        ("Marco ha già ___ la lettera.", "ha scritto"),
        ("Noi siamo sempre ___ in ritardo.", "siamo arrivati"),
        ("Loro non ___ mai partiti.", "sono partiti"),
        ("Le ragazze ___ già uscite.", "sono uscite"),
    ],
)
def test_an_answer_that_repeats_a_verb_beyond_an_adverb_is_refused(question: str, answer: str) -> None:
    assert "gap_fit" in refused_for(gap(question, answer))


@pytest.mark.parametrize(
    "exercise",
    [
        gap("Il film ___ alle otto.", "comincia", "inizia", "cominciano", "cominci"),
        gap("Ieri Anna ___ un vestito.", "ha comprato", "ha acquistato", "compri", "comprerai"),
        gap("Il ragazzo ___ ho scritto è Marco.", "a cui", "al quale", "che", "chi"),
        gap("La ragazza ___ parlo è Anna.", "della quale", "di cui", "che", "chi"),
        gap("Non ho ___ visto Venezia.", "mai", "ancora", "domani", "nessuno"),
        gap("Non siamo ___ stati a Parigi.", "ancora", "mai", "ieri", "domani"),
        gap("Se voi ___ prima, avremmo cenato.", "foste tornati", "foste arrivati", "tornate", "torni"),
        gap("Ho letto ___ libri.", "alcuni", "parecchi", "qualche", "ogni"),
        gap("Nel bosco ci sono due ___.", "lupi", "lupos", "lupes", "lupus"),
        gap("Parla ___ con tutti.", "gentilmente", "gentiliamente", "gentilemento", "gently"),
        gap(
            "Vengo con voi, ___ non piova.", "benché", "purché", "poiché", "quando",
            explanation="The conjunction introduces a condition, and the verb stands in the subjunctive.",
        ),
    ],
)  # fmt: skip
def test_options_of_which_not_exactly_one_is_right_are_refused(exercise: Exercise) -> None:
    assert "options" in refused_for(exercise)


@pytest.mark.parametrize(
    "sentence",
    [
        "Sono sei le sedie che mancano.",
        "Le sorelle di Marco sono partite.",
        "Viste le difficoltà, abbiamo aspettato.",
        "Siamo invitati la settimana prossima.",
        "Sono considerato il migliore.",
        "È stata aperta la nuova biblioteca.",
        "Sono le otto e sono pronta.",
        "Il premio è andato al medico.",
        "La mia sorella maggiore vive a Roma.",
        "È il paese più famoso nel mondo.",
        "La rinuncia del re sorprese tutti.",
        "Mi sono accorto dal rumore che pioveva.",
        "Credo che Marco abbia ragione.",
        "Pensavo che saresti venuto.",
        "Da bambina ho sempre avuto paura del buio.",
        "I loro zaini sono nuovi.",
        "Dico loro la verità.",
        "Un vecchio amico di Paola è arrivato.",
        "Il mio vecchio e la sua barca sono qui.",
        "Marta e Luca sono stanchi.",
        "La casa dei miei nonni è piccola.",
        "Per Anna è importante dormire.",
        "Volerei volentieri a Parigi.",
        "Le giornaliste sono partite.",
        "Partecipo spesso alle gare.",
    ],
)
def test_a_right_sentence_that_looks_like_them_is_let_pass(sentence: str) -> None:
    assert not refused_for(italian(sentence)), found(italian(sentence))


@pytest.mark.parametrize(
    "exercise",
    [
        gap("Hai ___ il giornale?", "letto", "leggiuto", "legguto", "leggere"),
        gap("Luca non ___ venire.", "volle", "volse", "volette", "volere"),
        gap("Il libro ___ leggo è di Anna.", "che", "cui", "di cui", "chi"),
        gap("La ragazza ___ ho scritto è Marta.", "a cui", "al quale", "che", "chi"),
        gap("Non ha ___ finito i compiti, ma tra poco esce con noi.", "ancora", "mai", "ieri", "domani"),
        italian("Abbiamo appena visto il film.", "(passato prossimo)"),
        italian("Non l'ho ancora letto.", "(passato prossimo)"),
        italian("Dimmi la verità!", "(imperativo)"),
    ],
)
def test_a_right_exercise_that_looks_like_them_is_let_pass(exercise: Exercise) -> None:
    assert not refused_for(exercise), found(exercise)
