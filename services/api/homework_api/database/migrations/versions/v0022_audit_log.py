"""Who did what that somebody may have to account for, and how many entries there are.

A process of the version before neither writes nor reads it: what it does is not in the log.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0022"
down_revision = "v0021"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_INDEX = "ix_audit_log_done_at"
_ADD = """
    INSERT INTO tallies (name, status, generated_by, shard, total) {row}
    ON CONFLICT (name, status, generated_by, shard) DO UPDATE SET total = tallies.total + excluded.total
"""
# On PostgreSQL each connection adds to rows of its own, as v0005 says.
_SHARD = "pg_backend_pid() % 256"
_ADDED = _ADD.format(row=f"SELECT 'audit_log', '', '', {_SHARD}, count(*) FROM added")
_GONE = _ADD.format(row=f"SELECT 'audit_log', '', '', {_SHARD}, -count(*) FROM gone")
_FUNCTION = f"""
    CREATE FUNCTION tally_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
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
        "audit_log",
        sa.Column("id", _ID, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_by_key", sa.String(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(_INDEX, "audit_log", ["done_at"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        op.execute(_FUNCTION)
    for event, (rows, count) in _ON.items():
        trigger = f"CREATE TRIGGER tally_audit_log_{event} AFTER {event} ON audit_log"
        if on_sqlite:
            add = _ADD.format(row=f"VALUES ('audit_log', '', '', 0, {count})")
            op.execute(f"{trigger} BEGIN {add}; END")
        else:
            each = "FOR EACH STATEMENT EXECUTE FUNCTION tally_audit_log()"
            op.execute(f"{trigger} REFERENCING {rows} {each}")


def downgrade() -> None:
    # Its triggers go with the table.
    op.drop_index(_INDEX, "audit_log")
    op.drop_table("audit_log")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION tally_audit_log")
    op.execute("DELETE FROM tallies WHERE name = 'audit_log'")
