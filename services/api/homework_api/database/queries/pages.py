"""SQL of a page of a list."""

from typing import TypeVar

from sqlalchemy import ColumnElement, Select

from homework_api.schemas.paging import Page

# A Select of any columns.
S = TypeVar("S", bound=Select[*tuple[object, ...]])


def newest_first(statement: S, id_: ColumnElement[int], page: Page) -> S:
    """The rows of `page`, newest first. Ids are never reused, so the newest row has the largest id."""
    if page.before_id is not None:
        statement = statement.where(id_ < page.before_id)
    return statement.order_by(id_.desc()).limit(page.limit).offset(page.offset)
