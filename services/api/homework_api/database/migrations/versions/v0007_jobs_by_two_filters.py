"""The operators' page of jobs by status and generator, without a walk through all of either."""

import sqlalchemy as sa
from alembic import op

revision = "v0007"
down_revision = "v0006"
branch_labels = None
depends_on = None

INDEX = "ix_homework_status_generated_by_id"
# What is not written yet has no place in it: a POST costs no more than before.
WRITTEN = sa.text("generated_by IS NOT NULL")


def upgrade() -> None:
    columns = ["status", "generated_by", "id"]
    op.create_index(INDEX, "homework", columns, sqlite_where=WRITTEN, postgresql_where=WRITTEN)


def downgrade() -> None:
    op.drop_index(INDEX, "homework")
