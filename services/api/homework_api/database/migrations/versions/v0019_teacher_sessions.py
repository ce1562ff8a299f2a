"""Links with which teachers sign in, and their sessions.

A process of the version before neither makes nor reads them; it deletes both with their teacher.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0019"
down_revision = "v0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_SESSION_INDEX = "ix_teacher_sessions_teacher_id"


def upgrade() -> None:
    op.create_table(
        "teacher_links",
        sa.Column("teacher_id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["teacher_id"], ["teachers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("teacher_id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "teacher_sessions",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("teacher_id", _ID, nullable=False),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["teacher_id"], ["teachers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("secret_hash"),
    )
    op.create_index(_SESSION_INDEX, "teacher_sessions", ["teacher_id"])


def downgrade() -> None:
    op.drop_index(_SESSION_INDEX, "teacher_sessions")
    op.drop_table("teacher_sessions")
    op.drop_table("teacher_links")
