"""Classes, who is in them, and the class that an assignment was made for.

A process of the version before makes assignments for no class, and deletes memberships with their student.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0014"
down_revision = "v0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MEMBER_INDEX, _ASSIGNMENT_INDEX = "ix_class_members_student_id", "ix_assignments_class_id"
# How many there are, as v0006 counts students.
_ADD = """
    INSERT INTO tallies (name, status, generated_by, shard, total) {row}
    ON CONFLICT (name, status, generated_by, shard) DO UPDATE SET total = tallies.total + excluded.total
"""
_SHARD = "pg_backend_pid() % 256"
_ADDED = _ADD.format(row=f"SELECT 'classes', '', '', {_SHARD}, count(*) FROM added")
_GONE = _ADD.format(row=f"SELECT 'classes', '', '', {_SHARD}, -count(*) FROM gone")
_FUNCTION = f"""
    CREATE FUNCTION tally_classes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {_ADDED};
        ELSE {_GONE};
        END IF;
        RETURN NULL;
    END $$
"""
_ON = {"insert": ("NEW TABLE AS added", 1), "delete": ("OLD TABLE AS gone", -1)}


def upgrade() -> None:
    op.create_table(
        "classes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "class_members",
        sa.Column("class_id", _ID, nullable=False),
        sa.Column("student_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["classes.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("class_id", "student_id"),
    )
    op.create_index(_MEMBER_INDEX, "class_members", ["student_id"])
    # SQLite adds a foreign key only with its column.
    class_id = sa.Column("class_id", _ID, sa.ForeignKey("classes.id", ondelete="SET NULL"), nullable=True)
    op.add_column("assignments", class_id, inline_references=True)
    op.create_index(_ASSIGNMENT_INDEX, "assignments", ["class_id"])
    _count_classes()


def downgrade() -> None:
    op.drop_index(_ASSIGNMENT_INDEX, "assignments")
    op.drop_column("assignments", "class_id")
    op.drop_table("class_members")
    op.drop_table("classes")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION tally_classes")
    op.execute("DELETE FROM tallies WHERE name = 'classes'")


def _count_classes() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        op.execute(_FUNCTION)
    for event, (rows, count) in _ON.items():
        trigger = f"CREATE TRIGGER tally_classes_{event} AFTER {event} ON classes"
        if on_sqlite:
            add = _ADD.format(row=f"VALUES ('classes', '', '', 0, {count})")
            op.execute(f"{trigger} BEGIN {add}; END")
        else:
            each = "FOR EACH STATEMENT EXECUTE FUNCTION tally_classes()"
            op.execute(f"{trigger} REFERENCING {rows} {each}")
