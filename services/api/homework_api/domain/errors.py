"""The errors that clients see. The class carries the HTTP status and the default text."""

from typing import ClassVar


class ApiError(Exception):
    """Root of the errors that clients see. The docstring is the default detail."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        super().__init__(self.detail)


class EmailTaken(ApiError):
    """Student with this email already exists"""

    status = 400


class WrongAnswerCount(ApiError):
    """Send one answer for each exercise"""

    status = 400


class WrongTime(ApiError):
    """This time is too early or too late"""

    status = 400


class NoAnswer(ApiError):
    """This exercise was left blank, so there is no answer to decide about: name one in `answer`"""

    status = 400


class NotTheirAnswer(ApiError):
    """This student wrote something else: decide about that, or for the class"""

    status = 400


class UnusableExercise(ApiError):
    """Students could not work with this exercise"""

    status = 400


class ApiKeyMissing(ApiError):
    """This service needs an API key: send `Authorization: Bearer KEY`, see docs/security.md"""

    status = 401


class ApiKeyNotGood(ApiError):
    """This API key is unknown, expired or revoked: `homework keys list` shows which are valid"""

    status = 401


class SessionEnded(ApiKeyNotGood):
    """This session has ended: sign in again with a new link from the teacher"""


class TeacherSessionEnded(ApiKeyNotGood):
    """This session has ended: sign in again with a key, or with a link from `homework teacher sign-in`"""


class NotAllowed(ApiError):
    """This API key may not do that"""

    status = 403


class NotGiven(NotAllowed):
    """A key gives only rights that it has: use another, or `homework-api keys create` at the database"""


class NoSession(NotAllowed):
    """This is no session of a student: POST /api/session begins one with a link"""


class NoTeacherSession(NotAllowed):
    """This is no session of a teacher: POST /api/teacher-session begins one with a link or a key"""


class NoTeachersKey(NotAllowed):
    """This key cannot sign a teacher in: `homework keys create NAME --right teacher` creates one that can"""


class SessionMakesNoLink(NotAllowed):
    """A session makes no link for its teacher: sign in on the other device with a key, or use a key here"""


class NotFound(ApiError):
    """Not found"""

    status = 404


class TeacherNotFound(NotFound):
    """Teacher not found"""


class StudentNotFound(NotFound):
    """Student not found"""


class ClassNotFound(NotFound):
    """Class not found"""


class LinkNotFound(NotFound):
    """This link is not valid, or a newer one has replaced it: ask your teacher for a new one"""


class TeacherLinkNotFound(NotFound):
    """This link is not valid, or a newer one has replaced it: `homework teacher sign-in` makes a new one"""


class AssignmentNotFound(NotFound):
    """Assignment not found"""


class HomeworkNotFound(NotFound):
    """Homework not found"""


class ExerciseNotFound(NotFound):
    """This homework has no exercise of this index"""


class DecisionNotFound(NotFound):
    """This assignment has no decision of this id: GET …/decisions lists those that it has"""


class NotSubmitted(NotFound):
    """This homework has not been submitted yet: POST …/submission sends its answers"""


class DeadLetterNotFound(NotFound):
    """No dead letter has this id: it may be settled already. GET /api/ops/dead lists what is left"""


class ApiKeyNotFound(NotFound):
    """No API key has this id: GET /api/ops/keys lists them"""


class Conflict(ApiError):
    """The request conflicts with the present state"""

    status = 409


class TeacherNameTaken(Conflict):
    """A teacher has this name already, in whatever case: choose another name"""


class TeacherOwnsSomething(Conflict):
    """This teacher still has students, classes or assignments: delete them first, then the teacher"""


class FirstTeacherStays(Conflict):
    """The first teacher cannot be deleted, because data without a teacher is theirs: PATCH renames them"""


class ClassNameTaken(Conflict):
    """A class has this name already, in whatever case: choose another name"""


class ClassTooLarge(Conflict):
    """A class has room for 10,000 students: make another one"""


class NobodyInClass(Conflict):
    """This class has no students: add students with PATCH /api/teacher/classes/{class_id}/students"""


class NothingToRetry(Conflict):
    """Nothing to retry: no homework of this assignment has failed"""


class NothingToReplace(Conflict):
    """Nothing to retry: none has failed, and no mock homework is untouched and not asked for already"""


class EmptyClass(Conflict):
    """This assignment has no students any more, because they were deleted: make a new one for others"""


class AlreadyReleased(Conflict):
    """Students have this homework already: its release cannot be changed any more"""


class HomeworkChanged(Conflict):
    """Homework of this assignment has changed since you read it: look through it again, then release it"""


class NotEditable(Conflict):
    """The exercises of this homework cannot be changed"""


class ExerciseChanged(Conflict):
    """This exercise has changed since you read it: read the homework again, and change what is there now"""


class NotStartable(Conflict):
    """This homework cannot be started"""


class NothingToExport(Conflict):
    """Nothing to export yet: no homework is written. Wait until it is, or retry what has failed"""


class NothingToDecide(Conflict):
    """This homework is not submitted yet: decide about its answers when they are sent"""


class TooManyDecisions(Conflict):
    """There are too many decisions about this question: take some back that are not needed"""


class NotStarted(Conflict):
    """Start this homework first, with POST …/start, and answer the exercises that it returns"""


class NotInProgress(Conflict):
    """Only homework in progress takes answers"""


class TooLate(Conflict):
    """This homework was due earlier, and late work is refused"""


class AlreadySubmitted(Conflict):
    """This homework has been submitted, and answers are sent once: GET …/submission returns its grade"""


class NotReplayable(Conflict):
    """This dead letter cannot be sent again"""


class FirstKeyNeedsOps(Conflict):
    """The first key needs the right `ops`: without it, nobody could create other keys afterwards"""


class LinkUsed(Conflict):
    """This link was already used, and each link works once: ask your teacher for a new one"""


class TeacherLinkUsed(Conflict):
    """This link was already used, and each link works once: `homework teacher sign-in` makes a new one"""


class NoKeyInUse(Conflict):
    """No API key is in use here, so none can sign anybody in: `homework teacher sign-in` makes a link"""


class KeyReused(Conflict):
    """This Idempotency-Key was used for a different request: use a new key"""


class KeySpent(Conflict):
    """The assignment made with this Idempotency-Key was deleted: use a new key to create another"""


class LinkExpired(ApiError):
    """This link was not used in time: ask your teacher for a new one"""

    status = 410


class TeacherLinkExpired(ApiError):
    """This link was not used in time: `homework teacher sign-in` makes a new one"""

    status = 410


class TooManyTries(ApiError):
    """Too many invalid links: wait a minute, and ask for a new one"""

    status = 429


class BrokerUnavailable(ApiError):
    """The broker cannot be used now"""

    status = 503
