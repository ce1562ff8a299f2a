"""The routes for operators and probes: health, readiness, metrics and backlog."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response

from homework_api.domain.access import Scope
from homework_api.domain.backlog import Backlog
from homework_api.domain.statuses import HomeworkStatus
from homework_api.http.dependencies import UNAUTHORIZED, MayStill, ServicesDep, needs
from homework_api.pipeline.presence import Probe
from homework_api.schemas.system import (
    BrokerState,
    GeneratorState,
    HealthResponse,
    HomeworkState,
    OutboxState,
    OverviewResponse,
    QueueState,
    ReadyResponse,
    RootResponse,
)
from homework_shared import __version__
from homework_shared.exercises.messages import GeneratorKind

router = APIRouter(tags=["system"])

DOWN = "down: send a key with the right `ops` to see why"

_ENDPOINTS = {
    "teacher": {
        "create_student": "POST /api/teacher/students",
        "list_students": "GET /api/teacher/students",
        "delete_student": "DELETE /api/teacher/students/{student_id}",
        "create_assignment": "POST /api/teacher/assignments",
        "get_assignment": "GET /api/teacher/assignments/{assignment_id}",
        "list_assignments": "GET /api/teacher/assignments",
        "follow_assignment": "GET /api/teacher/assignments/{assignment_id}/events",
        "export_assignment": "GET /api/teacher/assignments/{assignment_id}/export",
        "retry_assignment": "POST /api/teacher/assignments/{assignment_id}/retry",
        "assignment_results": "GET /api/teacher/assignments/{assignment_id}/results",
        "delete_assignment": "DELETE /api/teacher/assignments/{assignment_id}",
    },
    "student": {
        "get_homework": "GET /api/student/{student_id}/homework",
        "get_specific_homework": "GET /api/student/{student_id}/homework/{homework_id}",
        "start_homework": "POST /api/student/{student_id}/homework/{homework_id}/start",
        "save_answers": "PUT /api/student/{student_id}/homework/{homework_id}/answers",
        "submit_homework": "POST /api/student/{student_id}/homework/{homework_id}/submission",
        "get_submission": "GET /api/student/{student_id}/homework/{homework_id}/submission",
    },
    "operators": {
        "overview": "GET /api/ops/overview",
        "list_jobs": "GET /api/ops/jobs",
        "latency": "GET /api/ops/latency",
        "list_dead_letters": "GET /api/ops/dead",
        "get_dead_letter": "GET /api/ops/dead/{id}",
        "replay_dead_letter": "POST /api/ops/dead/{id}/replay",
        "send_dead_letter_to_mock": "POST /api/ops/dead/{id}/mock",
        "drop_dead_letter": "DELETE /api/ops/dead/{id}",
        "create_teacher": "POST /api/ops/teachers",
        "list_teachers": "GET /api/ops/teachers",
        "rename_teacher": "PATCH /api/ops/teachers/{teacher_id}",
        "delete_teacher": "DELETE /api/ops/teachers/{teacher_id}",
        "create_key": "POST /api/ops/keys",
        "list_keys": "GET /api/ops/keys",
        "revoke_key": "DELETE /api/ops/keys/{id}",
    },
}


@router.get("/", summary="The service and its version")
async def root() -> RootResponse:
    return RootResponse(
        message="Italian Teacher API", version=__version__, docs="/docs", endpoints=_ENDPOINTS
    )


@router.get("/health", summary="Liveness: the process answers")
async def health() -> HealthResponse:
    return HealthResponse(version=__version__)


@router.get(
    "/ready",
    summary="Readiness: what is down",
    responses={
        503: {
            "model": ReadyResponse,
            "description": "The database cannot be used, or another installation uses the broker",
        }
    },
)
async def ready(services: ServicesDep, response: Response, may: MayStill) -> ReadyResponse:
    """The status is `degraded` without a broker: requests are accepted, and their jobs are kept until it is
    back. A broker that another installation uses does not become available by itself. Only operators see why
    something is down, because the reasons contain addresses."""
    problems = {
        "database": await services.operations.database_problem(),
        "broker": await services.probe.broker_problem(),
    }
    down = [name for name, problem in problems.items() if problem]
    status: Literal["ready", "degraded", "unavailable"] = "degraded" if down else "ready"
    if "database" in down or services.probe.is_shut_out():
        status, response.status_code = "unavailable", 503
    if down and not await may(Scope.OPS):
        problems = {name: problem and DOWN for name, problem in problems.items()}
    checks = {name: problem or "ok" for name, problem in problems.items()}
    return ReadyResponse(status=status, down=down, checks=checks)


@router.get(
    "/api/ops/overview",
    summary="Health and backlog of the pipeline",
    dependencies=[needs(Scope.OPS)],
    responses=UNAUTHORIZED,
)
async def overview(services: ServicesDep) -> OverviewResponse:
    backlog = await services.operations.read_backlog()
    generators = [
        GeneratorState(**seen.status.model_dump(), last_seen=seen.last_seen)
        for seen in services.probe.generators()
    ]
    return OverviewResponse(
        mode="gpu" if services.probe.gpu_online() else "mock",
        broker=await _broker_state(services.probe),
        generators=generators,
        tunnel=services.tunnel.read(),
        outbox=_outbox_state(backlog, services.operations.now()),
        homework=_homework_state(backlog),
    )


async def _broker_state(probe: Probe) -> BrokerState:
    depths = await probe.queue_depths()
    queues = None
    if depths is not None:
        queues = {name: QueueState(ready=d.ready, consumers=d.consumers) for name, d in depths.items()}
    problem = await probe.broker_problem()
    return BrokerState(connected=problem is None, problem=problem, queues=queues)


def _outbox_state(backlog: Backlog, now: datetime) -> OutboxState:
    return OutboxState(waiting=backlog.waiting, oldest_seconds=backlog.age(now))


def _homework_state(backlog: Backlog) -> HomeworkState:
    return HomeworkState(
        by_status={status: backlog.with_status(status) for status in HomeworkStatus},
        by_generator={kind: backlog.written_by(kind) for kind in GeneratorKind},
    )
