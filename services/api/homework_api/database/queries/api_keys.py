"""SQL of the API keys."""

from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from homework_api.database.models import ApiKey, Student


async def any_key(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(exists().where(col(ApiKey.id).is_not(None)))))


async def find_key(session: AsyncSession, id_: str) -> ApiKey | None:
    return await session.get(ApiKey, id_)


async def list_keys(session: AsyncSession) -> list[ApiKey]:
    rows = await session.scalars(select(ApiKey).order_by(col(ApiKey.created_at).desc(), col(ApiKey.id)))
    return list(rows)


async def note_use(session: AsyncSession, id_: str, now: datetime) -> None:
    await session.execute(update(ApiKey).where(col(ApiKey.id) == id_).values(last_used_at=now))


async def revoke_key(session: AsyncSession, id_: str, now: datetime) -> bool:
    """The first time counts."""
    revoked = await session.execute(
        update(ApiKey)
        .where(col(ApiKey.id) == id_)
        .values(revoked_at=func.coalesce(col(ApiKey.revoked_at), now))
        .returning(col(ApiKey.id))
    )
    return revoked.first() is not None


async def student_exists(session: AsyncSession, id_: int) -> bool:
    return await session.get(Student, id_) is not None
