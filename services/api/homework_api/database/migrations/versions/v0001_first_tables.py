"""Students, assignments, homework, the outbox, idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("status = 'pending'")


def upgrade() -> None:
    _create_students()
    _create_assignments()
    _create_homework()
    _create_outbox()
    _create_idempotency_keys()


def downgrade() -> None:
    for table in ("idempotency_keys", "outbox", "homework", "assignments", "students"):
        op.drop_table(table)


def _create_students() -> None:
    op.create_table(
        "students",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_students"),
        sa.UniqueConstraint("email", name="uq_students_email"),
        sqlite_autoincrement=True,
    )


def _create_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", ID, nullable=False),
        sa.Column("cefr_level", sa.String(), nullable=False),
        sa.Column("grammar_focus", sa.String(), nullable=True),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("exercise_types", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deadline_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sqlite_autoincrement=True,
    )


def _create_homework() -> None:
    op.create_table(
        "homework",
        sa.Column("id", ID, nullable=False),
        sa.Column("assignment_id", ID, nullable=False),
        sa.Column("student_id", ID, nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("deadline_at", MOMENT, nullable=False),
        sa.Column("rescue_at", MOMENT, nullable=False),
        sa.Column("rescues", sa.Integer(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("available_at", MOMENT, nullable=True),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("exercises", sa.JSON(), nullable=True),
        sa.Column("generated_by", sa.Text(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("fallback_reason", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_homework"),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name="fk_homework_assignment_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["students.id"], name="fk_homework_student_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("job_id", name="uq_homework_job_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_homework_assignment_id_status", "homework", ["assignment_id", "status"])
    op.create_index("ix_homework_student_id_status", "homework", ["student_id", "status"])
    op.create_index(
        "ix_homework_open_rescue_at",
        "homework",
        ["rescue_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", ID, nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deadline_at", MOMENT, nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name="fk_outbox_assignment_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_outbox_assignment_id", "outbox", ["assignment_id"])
    op.create_index("ix_outbox_deadline_at", "outbox", ["deadline_at"])


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("assignment_id", ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name="fk_idempotency_keys_assignment_id",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_idempotency_keys_assignment_id", "idempotency_keys", ["assignment_id"])
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
