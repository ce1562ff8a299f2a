"""Which students were deleted, and when: a restored backup is not to bring them back.

A process of the version before neither writes nor reads it: whom it deletes is not in the list.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0020"
down_revision = "v0019"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("student_id", _ID, autoincrement=False, nullable=False),
        sa.Column("student_created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("student_id", "student_created_at"),
    )


def downgrade() -> None:
    op.drop_table("erasures")
