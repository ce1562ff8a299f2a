"""Homework to export: an ordinary class, and texts that break a writer without escaping."""

from datetime import UTC, datetime

from homework_api.export import Handout, Task, Worksheet
from homework_shared.exercises.exercise import ExerciseType

GAP_TASK = Task(
    ExerciseType.FILL_IN_BLANK,
    "Ogni mattina Marco ___ il caffè. (bere)",
    "beve",
    "Bere is irregular: its stem is bev-.",
)
TRANSLATION_TASK = Task(
    ExerciseType.TRANSLATION,
    "Translate: The water isn't cold.",
    "L’acqua non è fredda.",
    "Acqua is feminine.",
)
CHOICE_TASK = Task(
    ExerciseType.MULTIPLE_CHOICE,
    "Queste scarpe sono troppo ___.",
    "strette",
    "Scarpe is feminine plural.",
    ("stretto", "stretti", "strette", "stretta"),
)
TASKS = (GAP_TASK, TRANSLATION_TASK, CHOICE_TASK)

NASTY_TEXTS = [
    "]]> <![CDATA[ <script>alert('ciao')</script> &amp; &lt;p&gt; a < b",
    "{=vero ~falso #nota ####fine} :: // $CATEGORY: altro",
    r"\ \\ \n \: \~ C:\new &&058; &&010",
    "::titolo:: = uguale",
    "%50%metà",
    "%100%",
    "[html]<b>grassetto</b>",
    "[moodle",
    "A->B -> C",
    "TRUE",
    "// un commento",
    "*",
    r"\* a*b",
    "/ barra / doppia // fine/",
    "😀🎉 👩‍👩‍👧 王小明",
    "שלום עולם, مرحبا يا محمد (ciao)",
    "\"virgolette\" «caporali» “inglesi” ’ ‘ … – — 'dritte'",
    "Łukasz Ñandú è é à ò ù ì È ß œ ğ",
    "=HYPERLINK(A1)",
    "{nb} {number of pages} $$x^2$$ @@PLUGINFILE@@/a",
    "\u2028 e\u0301 \u00ad \u202e",
    "\ufffe\uffff",
    "x" * 1000,
]


def worksheet(student_id: int, student: str, *tasks: Task) -> Worksheet:
    return Worksheet(student_id, student, 100 + student_id, tasks or TASKS)


def handout(*sheets: Worksheet, unwritten: tuple[str, ...] = ()) -> Handout:
    return Handout(
        assignment_id=7,
        level="A2",
        grammar_focus="passato_prossimo",
        topic="una vacanza",
        created_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        worksheets=sheets or (worksheet(1, "Giulia Bianchi"), worksheet(2, "Łukasz Żółć")),
        unwritten=unwritten,
    )


def nasty_tasks(text: str) -> tuple[Task, ...]:
    """Exercises with the text in every place where a model might write it."""
    room = text[:950]
    return (
        Task(ExerciseType.FILL_IN_BLANK, f"{room} ___", text, text),
        Task(ExerciseType.TRANSLATION, text, text, text),
        Task(ExerciseType.MULTIPLE_CHOICE, f"___ {room}", text, text, ("a", text, "%0%c", f"d {room}")),
    )
