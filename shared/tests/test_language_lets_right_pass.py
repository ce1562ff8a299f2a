"""No check reports correct Italian and English that a simple rule would refuse."""

import pytest
from tests.support.exercises import gap

from homework_shared.exercises.exercise import Exercise, Translation
from homework_shared.language.examine import problems


def found(exercise: Exercise) -> list[tuple[str, str]]:
    return [(problem.check, problem.detail) for problem in problems(exercise)]


def translation(english: str, italian: str) -> Exercise:
    explanation = f"“{italian.split()[0].strip(',.!?')}” is the word that the sentence opens with."
    return Translation(question=f"Translate: {english}", correct_answer=italian, explanation=explanation)


@pytest.mark.parametrize(
    ("english", "italian"),
    [
        # Articles: pronouns, nouns, imperatives and numbers that are spelt like articles, and words that take
        # either form.
        ("One of them sings and the other plays.", "L'uno canta e l'altro suona."),
        ("In the twentieth century many people left.", "Nel XX secolo molti sono partiti."),
        ("I received the text messages yesterday.", "Ieri ho ricevuto gli SMS."),
        ("The hall of the hotel is large.", "La hall dell'albergo è grande."),
        ("The tsunami destroyed the village.", "Lo tsunami ha distrutto il villaggio."),
        ("The gods were jealous of men.", "Gli dei erano gelosi degli uomini."),
        ("Give it to Marco!", "Dallo a Marco!"),
        ("You give him the keys every evening.", "Ogni sera gli dai le chiavi."),
        ("When one is tired, one sleeps.", "Quando uno è stanco, dorme."),
        ("Yesterday she bought a black Opel.", "Ieri ha comprato un'Opel nera."),
        # Prepositions: nouns that are also verbs, times, places, adverbs, and other senses of a verb.
        ("Anna's phones are on the table.", "I telefoni di Anna sono sul tavolo."),
        ("I waited for an hour at the station.", "Ho aspettato per un'ora alla stazione."),
        ("I am waiting for you in Rome.", "Ti aspetto a Roma."),
        ("Maria is married to Luca.", "Maria è sposata con Luca."),
        ("I know that I am right.", "So di avere ragione."),
        ("Do you feel like eating a pizza?", "Ti va di mangiare una pizza?"),
        ("From afar the city looks small.", "Da lontano la città sembra piccola."),
        ("He does what he can to help us.", "Fa quello che può per aiutarci."),
        ("We are going up into the mountains.", "Andiamo su in montagna."),
        ("She came in with a book in her hand.", "È entrata con in mano un libro."),
        ("See you in a moment!", "A tra poco!"),
        ("We met the Contis at the end of May.", "Abbiamo visto i signori Conti alla fine di maggio."),
        # Agreement: several nouns, an adjective of another word, invariable nouns, and possessives without a
        # noun.
        ("We love Italian bread and wine.", "Amiamo il pane e il vino italiani."),
        ("The Italian and German teams have won.", "Le squadre italiana e tedesca hanno vinto."),
        ("Marco left the party tired.", "Marco ha lasciato la festa stanco."),
        ("On Sundays it is nice to sleep.", "La domenica è bello dormire."),
        ("My mother is a doctor.", "Mia madre è medico."),
        ("My father and my mother are happy.", "Mio padre e mia madre sono contenti."),
        ("I go to the gym every two days.", "Vado in palestra ogni due giorni."),
        ("Mine was broken.", "Il mio era rotto."),
        ("The puma is a wild animal.", "Il puma è un animale selvatico."),
        ("The location was perfect.", "La location era perfetta."),
        ("She bought orange shoes.", "Ha comprato le scarpe arancione."),
        ("The eggs are fresh and the bones are hard.", "Le uova sono fresche e le ossa sono dure."),
        ("I have lost the key ring.", "Ho perso il portachiavi."),
        # Subjects after the verb, joined subjects, and essere that agrees with the predicate noun.
        ("The problem is the money.", "Il problema sono i soldi."),
        ("The cause was a fault.", "La causa è stato un guasto."),
        ("A group of boys has arrived.", "Un gruppo di ragazzi sono arrivati."),
        ("Maria liked the film.", "A Maria è piaciuto il film."),
        ("According to him we are late.", "Secondo lui siamo in ritardo."),
        ("A million people have seen it.", "L'hanno visto un milione di persone."),
        ("The cake, Anna has eaten it.", "La torta l'ha mangiata Anna."),
        # Auxiliaries and participles.
        ("I think that he helped me.", "Penso che mi abbia aiutato."),
        ("If I had seen you, I would have called you.", "Se ti avessi visto, ti avrei chiamato."),
        ("We have reliable data.", "Abbiamo dati sicuri."),
        ("I have seen them, the girls.", "Le ho viste, le ragazze."),
        ("I wrote to her yesterday.", "Le ho scritto ieri."),
        ("The tango is danced by two.", "Il tango è ballato in due."),
        ("People left early.", "Si è partiti presto."),
        ("Surprised by the rain, Marco went home.", "Sorpreso dalla pioggia, Marco è tornato a casa."),
        ("The car has passed, and the years have passed.", "La macchina è passata, e sono passati gli anni."),
        ("I have finished, but the film is finished too.", "Ho finito, ma è finito anche il film."),
        # Moods.
        ("Maybe he is late.", "Magari è in ritardo."),
        ("I hope that it will be a good year.", "Spero che sarà un buon anno."),
        ("I thought that you would have come.", "Pensavo che saresti venuto."),
        ("I would like to ask you if you could help me.", "Vorrei chiederti se potresti aiutarmi."),
        ("Could you help me if you have time?", "Potresti aiutarmi se hai tempo?"),
        ("If it should rain, we will stay at home.", "Se dovesse piovere, restiamo a casa."),
        ("As far as I know, he has left.", "Per quanto ne so, è partito."),
        ("Despite this he has won.", "Nonostante ciò ha vinto."),
        # Free translations with the right meaning.
        ("Good morning, Mr Rossi.", "Buongiorno, signor Rossi."),
        ("Happy birthday, grandma!", "Tanti auguri, nonna!"),
        ("It's cold, isn't it?", "Fa freddo, vero?"),
        ("Why don't we go to the sea?", "Andiamo al mare?"),
        ("Don't worry, Luca.", "Stai tranquillo, Luca."),
        ("I am looking forward to the holidays.", "Non vedo l'ora delle vacanze."),
        ("See you tomorrow!", "Ci vediamo domani!"),
        ("Thank you for the book.", "Ti ringrazio per il libro."),
        ("My father will travel next year.", "Mio padre viaggerà l'anno prossimo."),
        ("His elbows are black and blue.", "I suoi gomiti sono lividi."),
        ("Although we found a business, nobody knows it.", "Benché noi fondiamo un'azienda, nessuno lo sa."),
        ("On Mondays you give a lift to Francesca.", "Il lunedì dai un passaggio a Francesca."),
        ("I wonder where he is.", "Chissà dov'è."),
        ("They are probably tired.", "Saranno stanchi."),
        ("We are leaving next week.", "Partiremo la settimana prossima."),
        ("Every summer we swam in the lake.", "Ogni estate nuotavamo nel lago."),
        ("He left before we arrived.", "È partito prima del nostro arrivo."),
        ("We stayed there for two weeks.", "Siamo rimasti lì quindici giorni."),
        ("The train leaves at 3 pm.", "Il treno parte alle 15."),
        ("The table is made of wood.", "Il tavolo è di legno."),
        ("This is my brother's sister-in-law.", "Questa è la cognata di mio fratello."),
        ("We closed the window.", "Chiudemmo la finestra."),
        ("Marco shows a keen interest in art.", "Marco mostra un vivo interesse per l'arte."),
        # English that only looks like a word-for-word translation of Italian.
        ("I do not have a car.", "Non ho la macchina."),
        ("He put the book on the table.", "Ha messo il libro sul tavolo."),
        ("I no longer live here.", "Non abito più qui."),
        ("There are a lot of people.", "C'è molta gente."),
        ("My father ran the Rome marathon.", "Mio padre ha corso la maratona di Roma."),
        ("Who are you looking for?", "Chi cerchi?"),
        ("This is the friend I went with.", "Questo è l'amico con cui sono andato."),
        ("How many years have you lived here?", "Da quanti anni abiti qui?"),
        ("Have you seen the film I watched yesterday?", "Hai visto il film che ho guardato ieri?"),
        ("She must have left yesterday.", "Dev'essere partita ieri."),
        ("The man who helped you is my brother.", "L'uomo che ti ha aiutato è mio fratello."),
        ("They look the same.", "Sembrano uguali."),
        ("We need more young people.", "Ci servono più giovani."),
        ("Excuse me, where is the gym?", "Scusi, dov'è la palestra?"),
        ("I was the first to arrive.", "Sono arrivato per primo."),
        ("No, no, no! I do not want it.", "No, no, no! Non lo voglio."),
        # Words that are no false friends in these sentences.
        ("He realized his dream.", "Ha realizzato il suo sogno."),
        ("They introduced a new law.", "Hanno introdotto una nuova legge."),
        ("Vaccines prevent diseases.", "I vaccini prevengono le malattie."),
        ("He told me in confidence.", "Me l'ha detto in confidenza."),
        ("You have to apply this rule.", "Devi applicare questa regola."),
        ("The room has a shower.", "La camera ha una doccia."),
        ("You are just in time.", "Sei giusto in tempo."),
        ("She walks looking at the ground.", "Cammina guardando per terra."),
        # Sense, orthography, safety.
        ("The pen does not write any more.", "La penna non scrive più."),
        ("I eat in bed.", "Mangio nel letto."),
        ("He has the power to decide.", "Ha potere di decidere."),
        ("I would like a very hot coffee.", "Vorrei un caffè caldo caldo."),
        ("The Trojan war lasted ten years.", "La guerra di Troia durò dieci anni."),
        ("The sun is 150.000.000 kilometres away.", "Il sole è a 150.000.000 di chilometri."),
        ("I eat fruit, vegetables, etc., every day.", "Mangio frutta, verdura, ecc., ogni giorno."),
        ("Mr Bianchi, where are you going?", "Signor Bianchi, dove va Lei?"),
        ("Your coat is here, madam.", "Il Suo cappotto è qui, signora."),
        ("It is never too late to learn.", "Non è mai troppo tardi per imparare."),
    ],
)  # fmt: skip
def test_a_right_translation_passes(english: str, italian: str) -> None:
    assert found(translation(english, italian)) == []


@pytest.mark.parametrize(
    "exercise",
    [
        gap("Maria e Anna ___ (andare, passato prossimo) al mare.", "sono andate"),
        gap(
            "È possibile che Giulia ___ del conto.", "si lamenti", "ti lamenti", "si lamentino", "si lamenta"
        ),
        gap("A quei tempi mia zia ___ a Roma.", "abitava", "abitavi", "abitavate", "abitavamo"),
        gap("Ogni settimana Marco ___ la spesa.", "fa", "fai", "facciamo", "fanno"),
        gap("Marco aspetta ___ infermiera.", "un'", "un", "uno", "una"),
        gap("Per la ricerca Giulia ha scelto tre ___ (zoo).", "zoo", "zoi", "zoe", "zoa"),
        gap("Giulia ha dovuto rinunciare a due ___ (gita).", "gite", "gita", "gito", "giti"),
        gap("Penso che Marco ___ (i libri, a Sara) mostri.", "glieli", "gli li", "li gli", "glielo"),
        gap("___ la pioggia, siamo usciti.", "Nonostante", "Benché", "Sebbene", "Perché"),
        gap("Marco è vecchio: io vado con ___.", "lui", "egli", "il", "sé"),
        gap("Questa torta è ___ (buono, comparativo) dell'altra.", "migliore"),
        gap("La ___ (leggere) di questo libro è piacevole.", "lettura"),
        gap("Maria è una brava ___ (femminile).", "attrice"),
        gap("Ieri le gambe di Marco erano ___ (pulito).", "pulite"),
        gap("Ieri la gamba di Marco era ___ (sporco).", "sporca"),
        gap("Ieri Marco ___ (avere) mangiato una pizza.", "ha"),
        gap("Ho già ___ (comprare) i biglietti per domani.", "comprato"),
        gap("Ieri ___ (dovere) essere successo qualcosa.", "deve"),
        gap("Il tango argentino ___ (ballare, passivo, futuro) da Luca e Anna.", "sarà ballato"),
        gap("Tutto ciò che ho ___ (bastare) per vivere.", "basta"),
        gap("Per riparare ___ (definite article) altra funivia ci vorranno settimane.", "l'"),
        gap("Che Marco avesse smarrito ___ (definite article) stampelle era ormai cosa nota.", "le"),
        gap("Signora, ___ (accomodarsi, Lei, imperativo) pure.", "si accomodi"),
        gap("Vicino a casa ci sono tre ___ (bar).", "bar", "bae", "bai", "baa"),
    ],
    ids=lambda exercise: exercise.question,
)
def test_a_right_gap_passes(exercise: Exercise) -> None:
    assert found(exercise) == []


@pytest.mark.parametrize(
    ("exercise", "explanation"),
    [
        (gap("Maria ___ (andare, presente) a casa.", "va"),
         "“Andare” is irregular: the first person singular is “vado”, and the third is “va”."),
        (gap("Le ___ (braccio, plurale) fanno male.", "braccia"),
         "“Braccio” is masculine in the singular and feminine in the plural."),
        (gap("La casa è ___ (bello).", "bella"),
         "The masculine form is “bello”, and with a feminine noun it is “bella”."),
        (gap("Ieri ___ (andare, io, passato prossimo) al mare.", "sono andato"),
         "Most verbs take avere in the passato prossimo, while andare takes essere."),
        (gap("Signora, ___ (scusare, Lei, imperativo) il ritardo.", "scusi"),
         "With “Lei” the imperative uses the form of the present subjunctive."),
        (gap("Vedo ___ (definite article) zaino.", "lo"),
         "Before “z” the article is “lo”, e.g., “lo zio”, and not “il”."),
        (gap("Luca ___ (finire, presente) alle otto.", "finisce"),
         "Finire is a verb in -ire that inserts -isc-: “finisco”, “finisci”, “finisce”."),
        (gap("I ragazzi ___ (partire, passato prossimo).", "sono partiti"),
         "“Partire” takes “essere” in the passato prossimo, “fare” takes “avere” in the passato prossimo."),
    ],
)  # fmt: skip
def test_an_explanation_may_quote_what_is_not_the_answer(exercise: Exercise, explanation: str) -> None:
    assert found(exercise.model_copy(update={"explanation": explanation})) == []


@pytest.mark.parametrize("answer", ["sono state ridotte", "erano state ridotte"])
def test_a_passive_in_the_feminine_plural_passes(answer: str) -> None:
    exercise = gap("Le spese inutili ___ (ridurre, passivo) da Marco.", answer)
    assert found(exercise) == []
