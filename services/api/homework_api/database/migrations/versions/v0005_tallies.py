"""How many assignments and homework there are, by status: kept by triggers, so that nobody counts them.

SQLite has one writer, which adds to one row. On PostgreSQL transactions that add to the same row would wait
for each other, so each connection adds to rows of its own: its `shard`.
"""

import sqlalchemy as sa
from alembic import op

revision = "v0005"
down_revision = "v0004"
branch_labels = None
depends_on = None

SHARDS = 256
WRITERS = {"assignments": "''", "homework": "coalesce({row}.generated_by, '')"}

_ADD = """
    INSERT INTO tallies (name, status, generated_by, shard, total)
    {rows}
    ON CONFLICT (name, status, generated_by, shard) DO UPDATE SET total = tallies.total + excluded.total
"""


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("generated_by", sa.String(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "status", "generated_by", "shard"),
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, writer in WRITERS.items():
        for statement in _on_sqlite(table, writer) if on_sqlite else _on_postgresql(table, writer):
            op.execute(statement)
        # Counted last: a trigger is made once all who write to the table have committed.
        values = f"'{table}', status, {writer.format(row=table)}, 0, count(*)"
        op.execute(_ADD.format(rows=f"SELECT {values} FROM {table} WHERE true GROUP BY 2, 3"))


def downgrade() -> None:
    for table in WRITERS:
        for event in ("insert", "update", "delete"):
            on = "" if op.get_bind().dialect.name == "sqlite" else f" ON {table}"
            op.execute(f"DROP TRIGGER tally_{table}_{event}{on}")
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION tally_{table}")
    op.drop_table("tallies")


def _on_sqlite(table: str, writer: str) -> list[str]:
    def add(row: str, count: int) -> str:
        values = f"'{table}', {row}.status, {writer.format(row=row)}, 0, {count}"
        return _ADD.format(rows=f"VALUES ({values})") + ";"

    changed = f"OLD.status IS NOT NEW.status OR {writer.format(row='OLD')} IS NOT {writer.format(row='NEW')}"
    return [
        f"CREATE TRIGGER tally_{table}_insert AFTER INSERT ON {table} BEGIN {add('NEW', 1)} END",
        f"CREATE TRIGGER tally_{table}_delete AFTER DELETE ON {table} BEGIN {add('OLD', -1)} END",
        f"""CREATE TRIGGER tally_{table}_update AFTER UPDATE ON {table} WHEN {changed}
            BEGIN {add("OLD", -1)} {add("NEW", 1)} END""",
    ]


def _on_postgresql(table: str, writer: str) -> list[str]:
    def rows(source: str, count: int) -> str:
        return f"SELECT status, {writer.format(row=source)} AS writer, {count} AS count FROM {source}"

    def add(*sources: str) -> str:
        # Rows in one order, for two connections whose shards are the same by chance.
        summed = (
            f"SELECT '{table}', status, writer, pg_backend_pid() % {SHARDS}, sum(count) "
            f"FROM ({' UNION ALL '.join(sources)}) AS changes GROUP BY status, writer HAVING sum(count) <> 0 "
            "ORDER BY status, writer"
        )
        return _ADD.format(rows=summed) + ";"

    new, old = rows("added", 1), rows("gone", -1)
    function = f"""
        CREATE FUNCTION tally_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN {add(new)}
            ELSIF TG_OP = 'DELETE' THEN {add(old)}
            ELSE {add(new, old)}
            END IF;
            RETURN NULL;
        END $$
    """
    referencing = {
        "insert": "NEW TABLE AS added",
        "delete": "OLD TABLE AS gone",
        "update": "NEW TABLE AS added OLD TABLE AS gone",
    }
    triggers = [
        f"CREATE TRIGGER tally_{table}_{event} AFTER {event} ON {table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION tally_{table}()"
        for event, tables in referencing.items()
    ]
    return [function, *triggers]
