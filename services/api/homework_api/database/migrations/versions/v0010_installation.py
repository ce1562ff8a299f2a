"""The identity of an installation: by it a broker tells two databases apart."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "v0010"
down_revision = "v0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table("installation", sa.Column("id", sa.Text(), primary_key=True))
    op.bulk_insert(table, [{"id": str(uuid4())}])


def downgrade() -> None:
    op.drop_table("installation")
