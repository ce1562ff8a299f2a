"""Homework that is held back from the students until its teacher releases it, and what she changes of it.

A process of the version before makes assignments without a review, and shows what is held back.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0017"
down_revision = "v0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assignments", sa.Column("review", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("assignments", sa.Column("release_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("homework", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("homework", "edited_at")
    op.drop_column("assignments", "release_at")
    op.drop_column("assignments", "review")
