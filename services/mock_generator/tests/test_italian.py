"""All the Italian that the content can make, checked by rules that the code under test does not share."""

import os
import re
import shutil
import subprocess
from itertools import product
from random import Random

import pytest

from homework_mock_generator import conjugation, determiners
from homework_mock_generator.article_practice import ArticlePractice
from homework_mock_generator.content import LEVELS, Content, Gender, Number, Preposition
from homework_mock_generator.matching import Scope
from homework_mock_generator.sentences import Sentence
from homework_mock_generator.verb_practice import VerbPractice

NAMES = {"Francesca", "Leopardi", "Luca", "Giulia", "Marco", "Anna", "Sara", "Paolo", "Conti", "Bianchi"}
ELIDED = {"all", "All", "dall", "dell", "nell", "sull", "dov", "Dov", "un", "d", "l", "L"}
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


@pytest.fixture(scope="module")
def of_verbs(content: Content) -> list[Sentence]:
    practice, found = VerbPractice(content), list[Sentence]()
    for level, seed in product(LEVELS, range(5)):
        found += practice.sentences("present", Scope(level, ()), Random(seed))
        found += practice.sentences("past", Scope(level, ()), Random(seed))
    return found


@pytest.fixture(scope="module")
def of_articles(content: Content) -> list[Sentence]:
    return [
        sentence
        for level in LEVELS
        for sentence in ArticlePractice(content).sentences(Scope(level, ()), Random(1))
    ]


def definite_by_rule(word: str, gender: Gender, number: Number) -> str:
    vowel, lo = VOWEL.match(word), LO.match(word)
    if number == "plural":
        return "le" if gender == "f" else "gli" if vowel or lo else "i"
    return "l'" if vowel else "la" if gender == "f" else "lo" if lo else "il"


def test_every_article_fits_the_word_after_it(content: Content, of_articles: list[Sentence]) -> None:
    plural_gender = {noun.plural: noun.plural_gender or noun.gender for noun in content.nouns}
    singular_gender = {noun.it: noun.gender for noun in content.nouns}
    for sentence in of_articles:
        next_word, *rest = re.findall(r"\w+", sentence.after)
        noun = next_word if next_word in plural_gender | singular_gender else rest[0]
        number: Number = "singular" if noun in singular_gender else "plural"
        gender = singular_gender.get(noun) or plural_gender[noun]
        article = definite_by_rule(next_word, gender, number)
        if sentence.hint == "indefinite article":
            shortened = {"il": "un", "lo": "uno", "la": "una", "l'": "un'" if gender == "f" else "un"}
            assert sentence.answer == shortened[article], sentence
        elif sentence.hint == "definite article":
            assert sentence.answer == article, sentence
        else:
            forms = JOINED[sentence.hint[:2].strip() if "+" in sentence.hint else "di"].split()
            position = ("il", "lo", "la", "l'", "i", "gli", "le").index(article)
            assert sentence.answer == forms[position], sentence


def test_one_thing_takes_the_indefinite_article_and_several_the_partitive(
    of_articles: list[Sentence],
) -> None:
    answers = {
        kind: {s.answer for s in of_articles if s.hint == kind}
        for kind in ("indefinite article", "partitive article")
    }
    assert answers == {
        "indefinite article": {"un", "uno", "una", "un'"},
        "partitive article": {"dei", "degli", "delle"},
    }


def test_a_noun_is_never_the_same_in_singular_and_plural(content: Content) -> None:
    # "Cerca ___ città" would have two right articles, and so would "___ cameriere" (il, le).
    forms = [form for noun in content.nouns for form in (noun.it, noun.plural) if form]
    assert len(forms) == len(set(forms))


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
def test_the_article_rule_knows_the_textbook_cases(
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
    ("infinitive", "forms"),
    [
        ("mangiare", "mangio mangi mangia mangiamo mangiate mangiano"),
        ("cominciare", "comincio cominci comincia cominciamo cominciate cominciano"),
        ("cercare", "cerco cerchi cerca cerchiamo cercate cercano"),
        ("pagare", "pago paghi paga paghiamo pagate pagano"),
        ("leggere", "leggo leggi legge leggiamo leggete leggono"),
        ("dormire", "dormo dormi dorme dormiamo dormite dormono"),
        ("finire", "finisco finisci finisce finiamo finite finiscono"),
        ("scegliere", "scelgo scegli sceglie scegliamo scegliete scelgono"),
        ("andare", "vado vai va andiamo andate vanno"),
    ],
)
def test_the_present_of_every_pattern(content: Content, infinitive: str, forms: str) -> None:
    verb = next(verb for verb in content.verbs if verb.infinitive == infinitive)
    assert [conjugation.present(verb, person) for person in range(6)] == forms.split()


def test_reflexive_verbs_carry_their_pronoun(content: Content) -> None:
    verb = next(verb for verb in content.verbs if verb.infinitive == "alzarsi")
    forms = [conjugation.present(verb, person) for person in range(6)]
    assert forms == ["mi alzo", "ti alzi", "si alza", "ci alziamo", "vi alzate", "si alzano"]
    assert conjugation.past(verb, 5, "f", "plural") == "si sono alzate"


def test_the_participle_agrees_with_essere_and_with_avere_it_does_not(
    content: Content, of_verbs: list[Sentence]
) -> None:
    auxiliary = {verb.infinitive: verb.auxiliary for verb in content.verbs}
    for sentence in of_verbs:
        infinitive, tense = sentence.hint.split(", ")
        if tense == "presente":
            continue
        subject = next(
            subject
            for subject in sorted(content.subjects, key=lambda subject: -len(subject.it))
            if sentence.before.endswith(subject.it)
        )
        *_, helper, participle = sentence.answer.split()
        if auxiliary[infinitive] == "avere":
            assert helper in {"ho", "hai", "ha", "abbiamo", "avete", "hanno"}, sentence
            assert participle.endswith("o"), sentence
        else:
            assert subject.gender is not None, sentence
            assert helper == ("è" if subject.number == "singular" else "sono"), sentence
            assert participle[-1] == ENDINGS[subject.gender, subject.number], sentence


def test_every_sentence_has_three_wrong_forms_and_is_neatly_put_together(
    of_verbs: list[Sentence], of_articles: list[Sentence]
) -> None:
    for sentence in of_verbs + of_articles:
        assert len({sentence.answer, *sentence.distractors}) >= 4, sentence
        assert re.fullmatch(r"[A-ZÈ][^_|{}]*\S[.?!]", sentence.italian), sentence
        assert re.fullmatch(r"[A-ZÈ][^_|{}]*\S[.?!]", sentence.translation), sentence
        assert sentence.english is None or re.fullmatch(r"[A-Z][^_|{}]*\S[.?!]", sentence.english), sentence
        assert not re.search(r"  |' | [.?!]|\bNone\b", sentence.italian), sentence


def test_prepositions_never_stand_apart_from_their_article(
    of_verbs: list[Sentence], of_articles: list[Sentence]
) -> None:
    apart = re.compile(r"\b(a|da|di|in|su) (il|lo|la|i|gli|le)\b|\b(lo|la|una) [aeiou]|\bun' ")
    for sentence in of_verbs + of_articles:
        assert not apart.search(sentence.italian.lower()), sentence.italian


def test_every_word_is_in_the_italian_dictionary(
    of_verbs: list[Sentence], of_articles: list[Sentence]
) -> None:
    if shutil.which("hunspell") is None and os.environ.get("CI") != "true":
        pytest.skip("hunspell with the Italian dictionary is not installed")
    found = {sentence.italian for sentence in of_verbs + of_articles}
    # The dictionary has no bare "dell" or "dov": ELIDED lists them, and the word after is checked alone.
    words = {word for text in found for word in re.findall(r"\w+", text)}
    result = subprocess.run(
        ["hunspell", "-d", "it_IT", "-i", "utf-8", "-l"],
        input="\n".join(sorted(words)),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    assert set(result.stdout.split()) <= NAMES | ELIDED
