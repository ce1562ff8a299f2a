"""A homework of which a GPU wrote a part, and the mock generator the rest.

`partial_exercises` holds what is there while the rest is asked for, with null where an exercise is missing.
`exercise_writers` says who wrote which exercise; null: the homework's `generated_by` wrote them all.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0009"
down_revision = "v0008"
branch_labels = None
depends_on = None

COLUMNS = ("partial_exercises", "exercise_writers")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("homework", sa.Column(name, sa.JSON(), nullable=True))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("homework", name)
