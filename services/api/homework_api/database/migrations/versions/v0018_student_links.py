"""Links with which students sign in, and the sessions that begin with them.

A process of the version before neither makes nor reads them; it deletes both with their student.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0018"
down_revision = "v0017"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_SESSION_INDEX = "ix_student_sessions_student_id"


def upgrade() -> None:
    op.create_table(
        "student_links",
        sa.Column("student_id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("student_id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "student_sessions",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("student_id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("secret_hash"),
    )
    op.create_index(_SESSION_INDEX, "student_sessions", ["student_id"])


def downgrade() -> None:
    op.drop_index(_SESSION_INDEX, "student_sessions")
    op.drop_table("student_sessions")
    op.drop_table("student_links")
