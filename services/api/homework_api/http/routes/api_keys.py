"""API keys: for operators."""

from fastapi import APIRouter

from homework_api.domain.access import Scope
from homework_api.http.dependencies import UNAUTHORIZED, ApiKeysDep, needs, refuses
from homework_api.schemas.api_keys import KeyCreate, KeyResponse, NewKeyResponse

router = APIRouter(
    prefix="/api/ops/keys", tags=["operators"], dependencies=[needs(Scope.OPS)], responses=UNAUTHORIZED
)


@router.post(
    "",
    status_code=201,
    summary="Make an API key",
    responses=refuses(s404="Student not found", s409="The first key needs the right `ops`"),
)
async def create_key(body: KeyCreate, keys: ApiKeysDep) -> NewKeyResponse:
    """As soon as there is one key, every request needs one."""
    new = await keys.create(body.name, frozenset(body.rights), body.student_id, body.expires_at)
    return NewKeyResponse(**KeyResponse.of(new.row).model_dump(), key=new.text)


@router.get("", summary="List API keys, newest first")
async def list_keys(keys: ApiKeysDep) -> list[KeyResponse]:
    return [KeyResponse.of(row) for row in await keys.all()]


@router.delete("/{id}", status_code=204, summary="Revoke an API key", responses=refuses(s404="No such key"))
async def revoke_key(id: str, keys: ApiKeysDep) -> None:  # noqa: A002 - the path's name
    await keys.revoke(id)
