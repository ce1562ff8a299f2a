"""How many students there are, kept by triggers like the other tallies."""

from alembic import op

revision = "v0006"
down_revision = "v0005"
branch_labels = None
depends_on = None

_ADD = """
    INSERT INTO tallies (name, status, generated_by, shard, total) {row}
    ON CONFLICT (name, status, generated_by, shard) DO UPDATE SET total = tallies.total + excluded.total
"""
# On PostgreSQL each connection adds to rows of its own, as v0005 says.
_SHARD = "pg_backend_pid() % 256"
_ADDED = _ADD.format(row=f"SELECT 'students', '', '', {_SHARD}, count(*) FROM added")
_GONE = _ADD.format(row=f"SELECT 'students', '', '', {_SHARD}, -count(*) FROM gone")
_FUNCTION = f"""
    CREATE FUNCTION tally_students() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {_ADDED};
        ELSE {_GONE};
        END IF;
        RETURN NULL;
    END $$
"""
_ON = {"insert": ("NEW TABLE AS added", 1), "delete": ("OLD TABLE AS gone", -1)}


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        op.execute(_FUNCTION)
    for event, (rows, count) in _ON.items():
        trigger = f"CREATE TRIGGER tally_students_{event} AFTER {event} ON students"
        if on_sqlite:
            add = _ADD.format(row=f"VALUES ('students', '', '', 0, {count})")
            op.execute(f"{trigger} BEGIN {add}; END")
        else:
            each = "FOR EACH STATEMENT EXECUTE FUNCTION tally_students()"
            op.execute(f"{trigger} REFERENCING {rows} {each}")
    # Counted last: a trigger is made once all who write to the table have committed.
    op.execute(_ADD.format(row="SELECT 'students', '', '', 0, count(*) FROM students WHERE true"))


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for event in _ON:
        op.execute(f"DROP TRIGGER tally_students_{event}{'' if on_sqlite else ' ON students'}")
    if not on_sqlite:
        op.execute("DROP FUNCTION tally_students")
    op.execute("DELETE FROM tallies WHERE name = 'students'")
