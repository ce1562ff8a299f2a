"""The enumerations of the API: levels, statuses, kinds."""

from enum import StrEnum


class CefrLevel(StrEnum):
    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"


class ExerciseType(StrEnum):
    FILL_IN_BLANK = "fill_in_blank"
    TRANSLATION = "translation"
    MULTIPLE_CHOICE = "multiple_choice"


class GeneratorKind(StrEnum):
    VLLM = "vllm"
    MOCK = "mock"


class Writer(StrEnum):
    """Who wrote an exercise."""

    VLLM = "vllm"
    MOCK = "mock"
    TEACHER = "teacher"


class AssignmentStatus(StrEnum):
    PENDING = "pending"
    GENERATING = "generating"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in {AssignmentStatus.COMPLETED, AssignmentStatus.FAILED}


class HomeworkStatus(StrEnum):
    PENDING = "pending"
    AVAILABLE = "available"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


class LateWork(StrEnum):
    """What happens to homework that is sent after its due date."""

    ACCEPT = "accept"
    MARK = "mark"
    REFUSE = "refuse"


class AnswerVerdict(StrEnum):
    CORRECT = "correct"
    ALMOST = "almost"
    WRONG = "wrong"


class DecisionScope(StrEnum):
    """To whom a teacher's decision about an answer applies."""

    STUDENT = "student"
    CLASS = "class"


class Scope(StrEnum):
    """What an API key allows."""

    TEACHER = "teacher"
    OPS = "ops"


class ReadyStatus(StrEnum):
    READY = "ready"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


class Mode(StrEnum):
    """Which generator writes homework now."""

    GPU = "gpu"
    MOCK = "mock"


class ExportFormat(StrEnum):
    MOODLE_XML = "moodle_xml"
    GIFT = "gift"
    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
