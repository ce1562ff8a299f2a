"""What students answered, and their grades."""

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("homework", sa.Column("answers", sa.JSON(), nullable=True))
    op.add_column("homework", sa.Column("grade", sa.JSON(), nullable=True))
    op.add_column("homework", sa.Column("score", sa.Integer(), nullable=True))


def downgrade() -> None:
    for column in ("score", "grade", "answers"):
        op.drop_column("homework", column)
