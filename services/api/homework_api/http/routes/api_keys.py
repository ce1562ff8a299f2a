"""The operators' routes for API keys."""

from fastapi import APIRouter

from homework_api.domain.access import Scope, Signature
from homework_api.http.dependencies import UNAUTHORIZED, CallerDep, ServicesDep, needs, responses
from homework_api.schemas.api_keys import KeyCreate, KeyResponse, NewKeyResponse

router = APIRouter(
    prefix="/api/ops/keys", tags=["operators"], dependencies=[needs(Scope.OPS)], responses=UNAUTHORIZED
)


@router.post(
    "",
    status_code=201,
    summary="Create an API key",
    responses=responses({404: "Student or teacher not found", 409: "The first key needs the right `ops`"}),
)
async def create_key(body: KeyCreate, services: ServicesDep, caller: CallerDep) -> NewKeyResponse:
    """As soon as a key exists, every request needs a key. With a key you can create only keys with rights
    that it has itself, and with the right `teacher` also keys for students."""
    new = await services.api_keys.create_by(
        caller, body.name, frozenset(body.rights), body.student_id, body.expires_at, body.teacher_id
    )
    return NewKeyResponse(**KeyResponse.of(new.row).model_dump(), key=new.text)


@router.get("", summary="List API keys, newest first")
async def list_keys(services: ServicesDep) -> list[KeyResponse]:
    return [KeyResponse.of(row) for row in await services.api_keys.all()]


@router.delete(
    "/{id}", status_code=204, summary="Revoke an API key", responses=responses({404: "No such key"})
)
async def revoke_key(id: str, services: ServicesDep, caller: CallerDep) -> None:  # noqa: A002 - the path's
    await services.api_keys.revoke(id, Signature.of(caller))
