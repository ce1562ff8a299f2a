"""E-mail addresses are compared without regard to case.

Students whose addresses differ in nothing but case stay as they are, and are named in the log: whose homework
is whose is for the teacher to say. `address_copy` lets them stay beside a unique index; for everybody who
comes later it is 0, also where a process of the version before makes the student.
"""

import sqlalchemy as sa
import structlog
from alembic import op

revision = "v0013"
down_revision = "v0012"
branch_labels = None
depends_on = None

_INDEX = "ix_students_address"
_FIRSTS = "SELECT min(id) FROM students GROUP BY lower(email)"
_SHARED = """
    SELECT lower(email), id, email FROM students
    WHERE lower(email) IN (SELECT lower(email) FROM students GROUP BY lower(email) HAVING count(*) > 1)
    ORDER BY lower(email), id
"""
_HINT = (
    "are they one person? Then look which has the homework, and delete the others and their homework with "
    "`homework teacher students remove ID`. The service works with them as they are; no more will be added"
)


def upgrade() -> None:
    # On PostgreSQL this locks the table until the commit, so that nobody adds an address meanwhile.
    op.add_column("students", sa.Column("address_copy", sa.BigInteger(), server_default="0", nullable=False))
    _tell()
    op.execute(f"UPDATE students SET address_copy = id WHERE id NOT IN ({_FIRSTS})")
    op.create_index(_INDEX, "students", [sa.text("lower(email)"), "address_copy"], unique=True)


def downgrade() -> None:
    op.drop_index(_INDEX, "students")
    op.drop_column("students", "address_copy")


def _tell() -> None:
    log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
    shared: dict[str, list[str]] = {}
    for address, id_, email in op.get_bind().execute(sa.text(_SHARED)):
        shared.setdefault(address, []).append(f"{id_} ({email})")
    for students in shared.values():
        log.warning("students_share_an_address", students=students, hint=_HINT)
