"""All services that the routes use, created once and passed as one object."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from homework_api.database.engine import Database
from homework_api.pipeline.assignment_events import AssignmentEvents
from homework_api.pipeline.jobs import JobPlanner
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.pipeline.presence import Probe
from homework_api.services.api_keys import ApiKeys
from homework_api.services.assignments import AssignmentService
from homework_api.services.audit import AuditLog
from homework_api.services.class_results import ClassResultsService
from homework_api.services.classes import ClassService
from homework_api.services.dead_letters import DeadLetters
from homework_api.services.decisions import DecisionService
from homework_api.services.exports import ExportService
from homework_api.services.homework import HomeworkService
from homework_api.services.operations import OperationsService
from homework_api.services.review import ReviewService
from homework_api.services.student_files import StudentFileService
from homework_api.services.student_links import StudentLinks
from homework_api.services.students import StudentService
from homework_api.services.teacher_sessions import TeacherSessions
from homework_api.services.teachers import TeacherService
from homework_api.services.tunnel_file import TunnelFile
from homework_shared.messaging.transport import Broker
from homework_shared.runtime.clock import Clock


@dataclass(frozen=True)
class Services:
    """The services. `probe` reports the broker and the generators that are online."""

    teachers: TeacherService
    teacher_sessions: TeacherSessions
    students: StudentService
    student_files: StudentFileService
    student_links: StudentLinks
    classes: ClassService
    assignments: AssignmentService
    homework: HomeworkService
    review: ReviewService
    class_results: ClassResultsService
    decisions: DecisionService
    exports: ExportService
    operations: OperationsService
    dead_letters: DeadLetters
    api_keys: ApiKeys
    audit: AuditLog
    tunnel: TunnelFile
    probe: Probe

    @classmethod
    def over(
        cls,
        database: Database,
        broker: Broker,
        probe: Probe,
        *,
        clock: Clock,
        machine_clock: Clock | None = None,
        handoff: OutboxHandoff,
        events: AssignmentEvents,
        admin_key: SecretStr | None = None,
        console_key: SecretStr | None = None,
        owner_key: SecretStr | None = None,
        tunnel_state_file: Path | None = None,
    ) -> Self:
        """All services of one database and one broker. `handoff` leads to the relay of this process.
        `machine_clock` is the clock by which the tunnel's file is dated, if it differs from `clock`.
        """
        planner = JobPlanner(clock, probe.gpu_online)
        keys = ApiKeys(database, clock, admin_key, console_key, owner_key)
        return cls(
            teachers=TeacherService(database, clock),
            teacher_sessions=TeacherSessions(database, clock, keys),
            students=StudentService(database, clock, events),
            student_files=StudentFileService(database, clock),
            student_links=StudentLinks(database, clock),
            classes=ClassService(database, clock),
            assignments=AssignmentService(database, clock, planner, handoff, events),
            homework=HomeworkService(database, clock),
            review=ReviewService(database, clock, planner, handoff),
            class_results=ClassResultsService(database, clock),
            decisions=DecisionService(database, clock),
            exports=ExportService(database, clock),
            operations=OperationsService(database, clock),
            dead_letters=DeadLetters(broker, clock),
            api_keys=keys,
            audit=AuditLog(database),
            tunnel=TunnelFile(tunnel_state_file, machine_clock or clock),
            probe=probe,
        )
