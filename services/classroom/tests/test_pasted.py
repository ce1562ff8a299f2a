"""Lists of students in the formats that teachers have."""

import pytest

from homework_classroom.enrolment import Fate, plan
from homework_classroom.pasted import MOST_LINES, Line, TooLong, decode, read, written
from homework_client.models import Student
from homework_shared.runtime.clock import utc_now


def found(text: str) -> list[tuple[str, str]]:
    return [(line.name, line.email) for line in read(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Giulia Bianchi\nLuca Verdi",
        "\n  Giulia   Bianchi \r\n\r\nLuca Verdi\r\n",
        "1. Giulia Bianchi\n2. Luca Verdi",
        "1;Giulia;Bianchi\n2;Luca;Verdi",
        "Cognome;Nome\nBianchi;Giulia\nVerdi;Luca",
        "Nr\tCognome\tNome\tNascita\n1\tBianchi\tGiulia\t1.2.2012\n2\tVerdi\tLuca\t3.4.2012",
        "First name,Last name\nGiulia,Bianchi\nLuca,Verdi",
        "NAME\nGiulia Bianchi\nLuca Verdi",
        '\ufeffAlunno;Classe\nGiulia Bianchi;2B\n"Luca Verdi";2B',
    ],
)
def test_names_are_read_from_whatever_stands_around_them(text: str) -> None:
    assert found(text) == [("Giulia Bianchi", ""), ("Luca Verdi", "")]
    assert [line.problem for line in read(text)] == ["", ""]


@pytest.mark.parametrize(
    "text",
    [
        "Giulia Bianchi giulia@example.org",
        "Giulia Bianchi\tgiulia@example.org",
        "Giulia Bianchi;giulia@example.org;",
        "Giulia Bianchi, giulia@example.org",
        "Giulia Bianchi <giulia@example.org>",
        '"Giulia Bianchi" <giulia@example.org>,',
        "giulia@example.org;Giulia Bianchi",
        "E-mail;Nome\ngiulia@example.org;Giulia Bianchi",
        "Cognome,Nome,Indirizzo e-mail\nBianchi,Giulia,giulia@example.org",
    ],
)
def test_an_address_is_what_has_an_at_sign(text: str) -> None:
    assert found(text) == [("Giulia Bianchi", "giulia@example.org")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("giulia@example.org", "no_name"),
        ("12345", "no_name"),
        ("\u200b\u2060x"[:2], "no_name"),
        ("x" * 101, "long_name"),
        ("Giulia giulia@nowhere", "no_address"),
        ("Giulia a@example.org b@example.org", "no_address"),
        ("Giulia x@no-address.invalid", "no_address"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(text: str, problem: str) -> None:
    assert [line.problem for line in read(text)] == [problem]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_files_of_every_spreadsheet_are_read(encoding: str) -> None:
    assert found(decode("Nome;Cognome\r\nNicolò;D’Àvila\r\n".encode(encoding))) == [("Nicolò D’Àvila", "")]


def test_a_binary_file_is_read_without_an_error() -> None:
    read(decode(bytes(range(256)) * 10))


def test_a_list_that_is_too_long_is_refused_whole() -> None:
    assert len(read("Ada\n" * MOST_LINES)) == MOST_LINES
    for text in ("Ada\n" * (MOST_LINES + 1), "x" * 40_001):
        with pytest.raises(TooLong):
            read(text)


def test_what_is_written_is_read_as_it_was() -> None:
    students = [('Anna "Nina" Rossi; jr', "a@example.org"), ("Nome", ""), ("=1+1 a", "")]
    assert found(written(students)) == students


def test_lines_are_matched_by_address_and_members_also_by_name() -> None:
    giulia, luca, ada = (
        Student(id=number, name=name, email=email, created_at=utc_now())
        for number, (name, email) in enumerate([("Giulia", "G@example.org"), ("Luca", ""), ("Ada", "")], 1)
    )
    lines = [
        Line(1, "Giulia B.", "g@EXAMPLE.org"),
        Line(2, "LUCA", ""),
        Line(3, "Ada", ""),
        Line(4, "ada", ""),
        Line(5, "", "", "no_name"),
        Line(6, "Luca", "luca@example.org"),
    ]
    entries = plan(lines, [giulia, luca, ada], [luca])
    assert [entry.fate for entry in entries] == [
        Fate.KNOWN, Fate.MEMBER, Fate.NEW, Fate.TWICE, Fate.UNREADABLE, Fate.NEW,
    ]  # fmt: skip
    assert entries[0].student == giulia
