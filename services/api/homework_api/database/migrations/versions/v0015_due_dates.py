"""When students have to send their homework, and what becomes of late work.

A process of the version before makes assignments without a due date, and takes answers whenever they come.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0015"
down_revision = "v0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assignments", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assignments", sa.Column("late_work", sa.Text(), server_default="mark", nullable=False))


def downgrade() -> None:
    op.drop_column("assignments", "late_work")
    op.drop_column("assignments", "due_at")
