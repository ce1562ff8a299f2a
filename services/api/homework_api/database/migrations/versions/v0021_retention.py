"""An index by which housekeeping finds assignments that have been over for long.

A process of the version before does not use it.
"""

from alembic import op

revision = "v0021"
down_revision = "v0020"
branch_labels = None
depends_on = None

_INDEX = "ix_assignments_deadline_at"


def upgrade() -> None:
    op.create_index(_INDEX, "assignments", ["deadline_at"])


def downgrade() -> None:
    op.drop_index(_INDEX, "assignments")
