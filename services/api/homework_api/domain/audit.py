"""The actions that the audit log records: those for which a person may have to account."""

from enum import StrEnum


class ThingKind(StrEnum):
    STUDENT = "student"
    KEY = "key"
    TEACHER = "teacher"
    ASSIGNMENT = "assignment"
    DECISION = "decision"


class Action(StrEnum):
    STUDENT_CORRECTED = "student_corrected"
    STUDENT_EXPORTED = "student_exported"
    STUDENT_DELETED = "student_deleted"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"
    TEACHER_MADE = "teacher_made"
    TEACHER_REMOVED = "teacher_removed"
    ANSWER_ACCEPTED = "answer_accepted"
    ANSWER_REFUSED = "answer_refused"
    DECISION_WITHDRAWN = "decision_withdrawn"
    ASSIGNMENT_RELEASED = "assignment_released"
    RELEASE_TAKEN_BACK = "release_taken_back"
    ASSIGNMENT_EXPORTED = "assignment_exported"
    TABLE_EXPORTED = "table_exported"
    ASSIGNMENT_DELETED = "assignment_deleted"

    @property
    def kind(self) -> ThingKind:
        """The kind of object that the action changes."""
        return _OF.get(self) or ThingKind(self.partition("_")[0])


_OF = {
    Action.ANSWER_ACCEPTED: ThingKind.DECISION,
    Action.ANSWER_REFUSED: ThingKind.DECISION,
    Action.RELEASE_TAKEN_BACK: ThingKind.ASSIGNMENT,
    Action.TABLE_EXPORTED: ThingKind.ASSIGNMENT,
}
