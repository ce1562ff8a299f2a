"""When a job was taken and its homework generated, by whom, and when it was there first."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "taken_at": MOMENT,
    "generated_at": MOMENT,
    "first_available_at": MOMENT,
    "worker_id": sa.String(),
}
PAGES = {
    "ix_homework_status_id": ["status", "id"],
    "ix_homework_generated_by_id": ["generated_by", "id"],
}
LAST_HOUR = {
    "ix_homework_written_available_at": ("available_at", sa.text("available_at IS NOT NULL")),
    "ix_homework_unwritten_deadline_at": ("deadline_at", sa.text("available_at IS NULL")),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("homework", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE homework SET first_available_at = available_at")
    for name, columns in PAGES.items():
        op.create_index(name, "homework", columns)
    for name, (column, where) in LAST_HOUR.items():
        op.create_index(name, "homework", [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in (*LAST_HOUR, *PAGES):
        op.drop_index(name, "homework")
    for name in COLUMNS:
        op.drop_column("homework", name)
