"""Homework that is held back from the students until its teacher releases it, and what she changes of it.

The deadline net also looks after exercises that are to be written anew (`replacing`), so its index has these.
A process of the version before makes assignments without a review, and shows what is held back.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0017"
down_revision = "v0016"
branch_labels = None
depends_on = None

AWAITED = (
    "CASE WHEN status = 'pending' THEN 1 "
    "WHEN status = 'available' AND replacing IS NOT NULL THEN 1 ELSE 0 END = 1"
)


def upgrade() -> None:
    op.add_column("assignments", sa.Column("review", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("assignments", sa.Column("release_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("homework", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("homework", sa.Column("replacing", sa.JSON(none_as_null=True), nullable=True))
    _index("ix_homework_awaited_rescue_at", AWAITED)
    op.drop_index("ix_homework_open_rescue_at", "homework")


def downgrade() -> None:
    _index("ix_homework_open_rescue_at", "status = 'pending'")
    op.drop_index("ix_homework_awaited_rescue_at", "homework")
    op.drop_column("homework", "replacing")
    op.drop_column("homework", "edited_at")
    op.drop_column("assignments", "release_at")
    op.drop_column("assignments", "review")


def _index(name: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "homework", ["rescue_at"], sqlite_where=condition, postgresql_where=condition)
