"""The token of a homework's job, which its result has to give back.

It stays null for the jobs of processes of the version before: their messages carry none either.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0011"
down_revision = "v0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("homework", sa.Column("delivery_token", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("homework", "delivery_token")
