"""The Italian of the content is checked by rules that do not use the code under test."""

import re
from collections.abc import Iterator

import pytest
from tests.support.generator.spelling import unknown_words

from homework_mock_generator import determiners
from homework_mock_generator.content import Content, Gender, Number, Preposition
from homework_mock_generator.determiners import after_preposition
from homework_mock_generator.sentences import Sentence
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel

Corpus = dict[tuple[Grammar, CefrLevel], list[Sentence]]

# These were reviewed by hand: names, and words that a dictionary of single words lacks.
NAMES = {"Francesca", "Leopardi", "Luca", "Giulia", "Marco", "Anna", "Sara", "Paolo", "Conti", "Bianchi"}
ELIDED = {
    "all", "anch", "buon", "com", "cos", "dall", "dell", "dov", "nell", "nessun", "po", "quand", "quell",
    "quest", "sant", "sull", "un", "vent", "trent", "quarant", "cinquant", "sessant", "settant", "ottant",
    "novant",
}  # fmt: skip
LO = re.compile(r"s[^aeiou]|z|x|gn|ps|pn|y")
VOWEL = re.compile(r"[aeiou]")
ENDINGS = {("m", "singular"): "o", ("f", "singular"): "a", ("m", "plural"): "i", ("f", "plural"): "e"}
JOINED = {
    "a": "al allo alla all' ai agli alle",
    "da": "dal dallo dalla dall' dai dagli dalle",
    "di": "del dello della dell' dei degli delle",
    "in": "nel nello nella nell' nei negli nelle",
    "su": "sul sullo sulla sull' sui sugli sulle",
}
AUXILIARIES = {
    "avere": [
        "ho",
        "hai",
        "ha",
        "abbiamo",
        "avete",
        "hanno",
        "avevo",
        "avevi",
        "aveva",
        "avevamo",
        "avevate",
        "avevano",
        "avrei",
        "avresti",
        "avrebbe",
        "avremmo",
        "avreste",
        "avrebbero",
        "avessi",
        "avesse",
        "avessimo",
        "aveste",
        "avessero",
    ],
    "essere": [
        "sono",
        "sei",
        "è",
        "siamo",
        "siete",
        "ero",
        "eri",
        "era",
        "eravamo",
        "eravate",
        "erano",
        "sarei",
        "saresti",
        "sarebbe",
        "saremmo",
        "sareste",
        "sarebbero",
        "fossi",
        "fosse",
        "fossimo",
        "foste",
        "fossero",
    ],
}
COMPOUND = ("passato prossimo", "trapassato prossimo", "condizionale passato", "congiuntivo trapassato")


def sentences(corpus: Corpus, *grammars: Grammar) -> Iterator[Sentence]:
    wanted = grammars or tuple(Grammar)
    return (sentence for (grammar, _), found in corpus.items() if grammar in wanted for sentence in found)


def definite_by_rule(word: str, gender: Gender, number: Number) -> str:
    vowel, lo = VOWEL.match(word), LO.match(word)
    if number == "plural":
        return "le" if gender == "f" else "gli" if vowel or lo else "i"
    return "l'" if vowel else "la" if gender == "f" else "lo" if lo else "il"


def test_every_article_fits_the_word_after_it(content: Content, corpus: Corpus) -> None:
    plural_gender = {noun.plural: noun.plural_gender or noun.gender for noun in content.nouns if noun.plural}
    singular_gender = {noun.it: noun.gender for noun in content.nouns}
    checked = 0
    for sentence in sentences(corpus, Grammar.ARTICLES):
        next_word, *rest = re.findall(r"\w+", sentence.after)
        noun = next_word if next_word in plural_gender | singular_gender else rest[0]
        if noun not in plural_gender | singular_gender:
            continue  # "visita medica" is a noun of two words.
        number: Number = "singular" if noun in singular_gender else "plural"
        gender = singular_gender.get(noun) or plural_gender[noun]
        article = definite_by_rule(next_word, gender, number)
        checked += 1
        if sentence.hint == "indefinite article":
            shortened = {"il": "un", "lo": "uno", "la": "una", "l'": "un'" if gender == "f" else "un"}
            assert sentence.answer == shortened[article], sentence
        elif sentence.hint == "definite article":
            assert sentence.answer == article, sentence
        else:
            forms = JOINED[sentence.hint[:2].strip() if "+" in sentence.hint else "di"].split()
            position = ("il", "lo", "la", "l'", "i", "gli", "le").index(article)
            assert sentence.answer == forms[position], sentence
    assert checked > 1500


def test_a_gap_for_an_article_has_one_right_article(corpus: Corpus) -> None:
    # Two articles would be right in "Cerca ___ città", and in "___ dentista" with a frame for both genders.
    for sentence in sentences(corpus, Grammar.ARTICLES):
        if sentence.hint == "definite article":
            assert not re.match(r"(città|foto|bar|film|caffè|sport|crisi|università)\b", sentence.after), (
                sentence
            )


@pytest.mark.parametrize(
    ("word", "gender", "number", "article"),
    [
        ("libro", "m", "singular", "il"),
        ("sole", "m", "singular", "il"),
        ("studente", "m", "singular", "lo"),
        ("zio", "m", "singular", "lo"),
        ("gnomo", "m", "singular", "lo"),
        ("psicologo", "m", "singular", "lo"),
        ("xilofono", "m", "singular", "lo"),
        ("yogurt", "m", "singular", "lo"),
        ("iodio", "m", "singular", "lo"),
        ("italiano", "m", "singular", "l'"),
        ("amica", "f", "singular", "l'"),
        ("zia", "f", "singular", "la"),
        ("gnomi", "m", "plural", "gli"),
        ("iati", "m", "plural", "gli"),
        ("italiani", "m", "plural", "gli"),
        ("gatti", "m", "plural", "i"),
        ("amiche", "f", "plural", "le"),
    ],
)
def test_the_article_rule_gives_the_textbook_answers(
    word: str, gender: Gender, number: Number, article: str
) -> None:
    assert determiners.definite(word, gender, number) == article


@pytest.mark.parametrize("preposition", ["a", "da", "di", "in", "su"])
def test_prepositions_join_the_article(preposition: Preposition) -> None:
    forms = [
        determiners.articulated(preposition, form) for form in (*determiners.SINGULAR, *determiners.PLURAL)
    ]
    assert forms == JOINED[preposition].split()


@pytest.mark.parametrize(
    ("preposition", "phrase", "together"),
    [
        ("da", "la signora Bianchi", "dalla signora Bianchi"),
        ("a", "i miei genitori", "ai miei genitori"),
        ("di", "l'autobus", "dell'autobus"),
        ("a", "mia madre", "a mia madre"),
        ("da", "Luca e Anna", "da Luca e Anna"),
    ],
)
def test_a_preposition_joins_a_whole_phrase(preposition: Preposition, phrase: str, together: str) -> None:
    assert after_preposition(preposition, phrase) == together


def test_the_participle_agrees_with_essere_and_with_avere_it_does_not(
    content: Content, corpus: Corpus
) -> None:
    auxiliary = {verb.infinitive: verb.auxiliary for verb in content.verbs}
    subjects = sorted(content.subjects, key=lambda subject: -len(subject.it))
    checked = 0
    for sentence in sentences(corpus):
        infinitive, _, tense = sentence.hint.partition(", ")
        if tense not in COMPOUND:
            continue
        checked += 1
        subject = next(subject for subject in subjects if sentence.before.endswith(subject.it))
        *_, helper, participle = sentence.answer.split()
        assert helper in AUXILIARIES[auxiliary[infinitive]], sentence
        if auxiliary[infinitive] == "avere":
            assert participle.endswith("o"), sentence
        else:
            assert subject.gender is not None, sentence
            assert participle[-1] == ENDINGS[subject.gender, subject.number], sentence
    assert checked > 2500


def test_the_participle_of_a_passive_agrees_with_its_subject(content: Content, corpus: Corpus) -> None:
    kinds = {c.it: c.object for verb in content.verbs for c in verb.complements if c.object}
    things = sorted(kinds, key=len, reverse=True)
    for sentence in sentences(corpus, Grammar.PASSIVE):
        gender, number = kinds[next(thing for thing in things if sentence.before.endswith(thing))] or "ms"
        ending = {"ms": "o", "fs": "a", "mp": "i", "fp": "e"}[gender + number]
        assert sentence.answer.split()[-1].endswith(ending), sentence
        assert re.match(r"(da|dal|dallo|dalla|dai|dagli|dalle) ", sentence.after), sentence


def test_every_sentence_has_three_wrong_forms_and_correct_spacing(corpus: Corpus) -> None:
    neat = re.compile(r"[A-ZÈ][^_|{}]*[\w')»][.?!]")
    for sentence in sentences(corpus):
        assert len({sentence.answer, *sentence.distractors[:3]}) == 4, sentence
        for text in (sentence.italian, sentence.in_italian, *sentence.otherwise_in_italian):
            assert neat.fullmatch(text), text
            assert not re.search(r"  |(?<!po)' | [.?!,]|,,|\bNone\b", text), text
        if sentence.english:
            assert re.fullmatch(r"Translate: [A-Z][^_|{}]*[.?!)]", sentence.to_translate), (
                sentence.to_translate
            )
            assert not re.search(r"  | [.?!,]|,,|\bNone\b", sentence.english), sentence.english


def test_elision_and_articulated_prepositions_are_always_made(corpus: Corpus) -> None:
    apart = re.compile(
        r"\b(a|da|di|in|su) (il|lo|i|gli)\b|\b(lo|una|della|nella|dalla|sulla|alla) [aeiou]|\bun' "
    )
    for sentence in sentences(corpus):
        for text in (sentence.in_italian, *sentence.otherwise_in_italian):
            assert not apart.search(text.lower()), text


def test_every_word_is_in_the_italian_dictionary(content: Content, corpus: Corpus) -> None:
    texts = {
        text
        for sentence in sentences(corpus)
        for text in (sentence.italian, sentence.in_italian, *sentence.otherwise_in_italian)
    }
    texts |= {opener.it for opener in content.openers}
    texts |= {complement.it.replace("|", " ") for verb in content.verbs for complement in verb.complements}
    words = {word for text in texts for word in re.findall(r"[^\W\d_]+", text)}
    unknown = {word for word in unknown_words(words) if word.lower() not in ELIDED}
    numerals = {
        word for word in unknown if re.search(r"cento|mila|mille", word)
    }  # No dictionary has all of them.
    assert unknown - NAMES - numerals == set()


def test_no_number_is_asked_for_that_has_two_right_spellings(corpus: Corpus) -> None:
    # "Ventuno anni" and "ventun anni" are both right, as is "l'ottavo" after an article in the question.
    for sentence in sentences(corpus, Grammar.NUMBERS_AND_TIME):
        assert not re.search(r"uno\b|ottav|undicesim", sentence.answer), sentence


def test_no_plural_is_asked_for_that_has_a_second_form(content: Content) -> None:
    # Dictionaries have both forms: altopiani and altipiani, chirurghi and chirurgi.
    twins = {"altopiano", "chirurgo", "lenzuolo", "melagrana", "orecchio", "ginocchio"}
    assert not [noun.it for noun in content.nouns if noun.it in twins and noun.plural]


def test_beginners_meet_no_harder_tense_around_the_one_they_asked_for(corpus: Corpus) -> None:
    for grammar in (Grammar.IMPERFETTO, Grammar.FUTURE, Grammar.GERUND, Grammar.PASSIVE):
        texts = " ".join(sentence.italian.lower() for sentence in corpus[grammar, CefrLevel.A1])
        assert not re.search(r"si spense|avremo finito|permetterà|ha squillato|sarebbe", texts), grammar


def test_a_translation_leaves_out_the_pronoun_that_the_verb_repeats(corpus: Corpus) -> None:
    gerunds = [s for s in sentences(corpus, Grammar.GERUND) if re.search(r"\b(I|we)\b", s.english or "")]
    assert len(gerunds) > 100
    assert not [s for s in gerunds if re.search(r"\b(io|noi)\b", s.in_italian)]


def test_no_translation_asks_for_a_pronoun_that_has_an_alternative(corpus: Corpus) -> None:
    # "Gli scrive" and "scrive loro" are both right.
    for sentence in sentences(corpus, Grammar.INDIRECT_PRONOUNS, Grammar.COMBINED_PRONOUNS):
        if re.search(r"\b(ai|alle|agli|a \w+ e) ", sentence.hint):
            assert sentence.english is None, sentence


def test_a_translation_with_a_number_asks_for_words(corpus: Corpus) -> None:
    for sentence in sentences(corpus, Grammar.NUMBERS_AND_TIME):
        assert sentence.to_translate.endswith("(in words)")


def test_the_noun_of_a_relative_clause_has_its_article_in_english(corpus: Corpus) -> None:
    found = [s.english for s in sentences(corpus, Grammar.RELATIVE_PRONOUNS) if s.english]
    pointed = re.compile(r"(this is|these are) (the |[A-Z])")
    assert found
    assert not [english for english in found if not pointed.search(english)]


def test_the_imperfect_is_not_used_for_what_happens_once_or_is_always_true(
    content: Content, corpus: Corpus
) -> None:
    once = {
        (verb.infinitive, complement.it)
        for verb in content.verbs
        for complement in verb.complements
        if "unhabitual" in complement.tags
    }
    habits = [s for s in sentences(corpus, Grammar.IMPERFETTO) if "used to" in (s.english or "")]
    assert once
    assert habits
    assert not [s for s in habits if (s.hint.split(",")[0], s.after.rstrip(".")) in once]


def test_a_clause_is_used_only_in_carriers_where_it_makes_sense(content: Content, corpus: Corpus) -> None:
    refused = {tag for carrier in content.carriers for tag in carrier.without}
    used = {tag for verb in content.verbs for complement in verb.complements for tag in complement.tags}
    assert refused <= used | {"state", "rare"}  # These two follow from the verb and from `when`.
    mishaps = {(v.infinitive, c.it) for v in content.verbs for c in v.complements if "unwanted" in c.tags}
    wished = [s for s in sentences(corpus, Grammar.SUBJUNCTIVE_IMPERFECT) if s.before.startswith("magari")]
    assert wished
    assert not [s for s in wished if (s.hint.split(",")[0], s.after.rstrip("!")) in mishaps]


def test_having_more_time_is_no_condition_for_what_happens_once_in_a_life(
    content: Content, corpus: Corpus
) -> None:
    usual = {(v.infinitive, c.it) for v in content.verbs for c in v.complements if c.when}
    rare = {(v.infinitive, c.it) for v in content.verbs for c in v.complements if not c.when} - usual
    grammars = (Grammar.CONDITIONAL, Grammar.HYPOTHETICAL)
    timely = [
        s for s in sentences(corpus, *grammars) if re.search("con più tempo|ha tempo,", s.italian.lower())
    ]
    assert timely
    assert not [s for s in timely if (s.hint.split(",")[0], s.after.rstrip(".")) in rare]
