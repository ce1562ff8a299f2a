"""Restricts a statement to the rows that a caller may see."""

from sqlalchemy import ColumnElement, Table

from homework_api.domain.access import Reach


def within(reach: Reach, table: Table) -> tuple[ColumnElement[bool], ...]:
    """The conditions, for `.where(*within(…))`, that rows of `table`, which has a `teacher_id`, are within
    reach. There are none for an administrator, so that pages of all rows are read by their id alone."""
    return () if reach.all_teachers else (table.c.teacher_id == reach.teacher_id,)
