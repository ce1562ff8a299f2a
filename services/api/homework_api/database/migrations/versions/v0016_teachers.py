"""Teachers, and whose students, classes, assignments, keys and idempotency keys are.

All that is there belongs to the first teacher, and so does what a process of the version before makes: it
names no teacher, and the columns say the first one then. Such a process separates nobody, so make the second
teacher when none runs any more. A key without a teacher is the first one's.

From here on addresses, names of classes and idempotency keys are unique for each teacher. SQLite changes such
a rule only by making the table again.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "v0016"
down_revision = "v0015"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_OWNED = ("students", "classes", "assignments")
_ADDRESS, _CLASS_NAME = "ix_students_address", "uq_classes_teacher_id_name_key"

# How many each teacher has, as `students/1`, beside how many there are, which v0006 keeps.
_ADD = """
    INSERT INTO tallies (name, status, generated_by, shard, total) {rows}
    ON CONFLICT (name, status, generated_by, shard) DO UPDATE SET total = tallies.total + excluded.total
"""
# Rows in one order, for two connections whose shards are the same by chance.
_OF_EACH = """
    SELECT TG_TABLE_NAME || '/' || teacher_id, '', '', pg_backend_pid() % 256, {count}
    FROM {rows} GROUP BY teacher_id ORDER BY teacher_id
"""
_FUNCTION = f"""
    CREATE FUNCTION tally_owned() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {_ADD.format(rows=_OF_EACH.format(rows="added", count="count(*)"))};
        ELSE {_ADD.format(rows=_OF_EACH.format(rows="gone", count="-count(*)"))};
        END IF;
        RETURN NULL;
    END $$
"""
_ON = {"insert": ("NEW TABLE AS added", "NEW", 1), "delete": ("OLD TABLE AS gone", "OLD", -1)}


def upgrade() -> None:
    _create_teachers()
    op.drop_index(_ADDRESS, "students")
    if _is_sqlite():
        _rebuild("students", *_students(), _owner())
        _rebuild("classes", *_classes(), _owner(), sa.UniqueConstraint(*_class_names(), name=_CLASS_NAME))
        _rebuild_idempotency_keys(_owner("CASCADE"), key=["teacher_id", "key"])
    else:
        _make_unique_for_each_teacher()
    op.add_column("assignments", _owner(), inline_references=True)
    op.add_column("api_keys", _owner_of_key(), inline_references=True)
    op.create_index("ix_api_keys_teacher_id", "api_keys", ["teacher_id"])
    by_address = ("teacher_id", sa.text("lower(email)"), "address_copy")
    op.create_index(_ADDRESS, "students", by_address, unique=True)
    for table in _OWNED:
        op.create_index(f"ix_{table}_teacher_id_id", table, ["teacher_id", "id"])
        _count_owned(table)


def downgrade() -> None:
    """Only while no two teachers have the same address, class or idempotency key: the version before has no
    place for both."""
    _stop_counting()
    for table in _OWNED:
        op.drop_index(f"ix_{table}_teacher_id_id", table)
    op.drop_index(_ADDRESS, "students")
    op.drop_index("ix_api_keys_teacher_id", "api_keys")
    op.drop_column("api_keys", "teacher_id")
    op.drop_column("assignments", "teacher_id")
    if _is_sqlite():
        _rebuild("students", *_students(), sa.UniqueConstraint("email", name="uq_students_email"))
        _rebuild("classes", *_classes(), sa.UniqueConstraint("name_key"))
        _rebuild_idempotency_keys(key=["key"])
    else:
        _make_unique_for_all()
    op.create_index(_ADDRESS, "students", [sa.text("lower(email)"), "address_copy"], unique=True)
    op.drop_table("teachers")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _create_teachers() -> None:
    teachers = op.create_table(
        "teachers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key"),
        sqlite_autoincrement=True,
    )
    # The database counts from 1, the number that the columns name.
    first = {"name": "First teacher", "name_key": "first teacher", "created_at": datetime.now(UTC)}
    op.bulk_insert(teachers, [first])


def _owner(ondelete: str | None = None) -> "sa.Column[int]":
    key = sa.ForeignKey("teachers.id", ondelete=ondelete)
    return sa.Column("teacher_id", _ID, key, server_default="1", nullable=False)


def _owner_of_key() -> "sa.Column[int]":
    return sa.Column("teacher_id", _ID, sa.ForeignKey("teachers.id", ondelete="CASCADE"), nullable=True)


def _make_unique_for_each_teacher() -> None:
    op.add_column("students", _owner(), inline_references=True)
    op.drop_constraint("uq_students_email", "students")
    op.add_column("classes", _owner(), inline_references=True)
    op.drop_constraint("classes_name_key_key", "classes")
    op.create_unique_constraint(_CLASS_NAME, "classes", _class_names())
    op.add_column("idempotency_keys", _owner("CASCADE"), inline_references=True)
    op.drop_constraint("pk_idempotency_keys", "idempotency_keys")
    op.create_primary_key("pk_idempotency_keys", "idempotency_keys", ["teacher_id", "key"])


def _make_unique_for_all() -> None:
    op.drop_constraint("pk_idempotency_keys", "idempotency_keys")
    op.create_primary_key("pk_idempotency_keys", "idempotency_keys", ["key"])
    op.drop_constraint(_CLASS_NAME, "classes")
    op.create_unique_constraint("classes_name_key_key", "classes", ["name_key"])
    op.create_unique_constraint("uq_students_email", "students", ["email"])
    for table in ("students", "classes", "idempotency_keys"):
        op.drop_column(table, "teacher_id")


def _class_names() -> list[str]:
    return ["teacher_id", "name_key"]


def _students() -> Iterator[SchemaItem]:
    yield sa.Column("id", _ID, nullable=False)
    yield sa.Column("name", sa.String(), nullable=False)
    yield sa.Column("email", sa.String(), nullable=False)
    yield sa.Column("created_at", _MOMENT, nullable=False)
    yield sa.Column("address_copy", sa.BigInteger(), server_default="0", nullable=False)
    yield sa.PrimaryKeyConstraint("id", name="pk_students")


def _classes() -> Iterator[SchemaItem]:
    yield sa.Column("id", _ID, nullable=False)
    yield sa.Column("name", sa.String(), nullable=False)
    yield sa.Column("name_key", sa.String(), nullable=False)
    yield sa.Column("created_at", _MOMENT, nullable=False)
    yield sa.PrimaryKeyConstraint("id")


def _rebuild_idempotency_keys(*owner: SchemaItem, key: list[str]) -> None:
    made = sa.ForeignKey("assignments.id", name="fk_idempotency_keys_assignment_id", ondelete="SET NULL")
    _rebuild(
        "idempotency_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("assignment_id", _ID, made, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        *owner,
        sa.PrimaryKeyConstraint(*key, name="pk_idempotency_keys"),
        numbered=False,
    )


def _rebuild(table: str, *parts: SchemaItem, numbered: bool = True) -> None:
    """The same rows in a table of these columns and rules, on SQLite. Its triggers and indexes go with the
    old table and are made again, and no id of a deleted row is given again."""
    connection, again = op.get_bind(), f"{table}_again"
    theirs = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :name AND type IN ('index', 'trigger')")
    made_on_it = [sql for sql in connection.scalars(theirs, {"name": table}) if sql]
    before = {column["name"] for column in sa.inspect(connection).get_columns(table)}
    op.create_table(again, *parts, sqlite_autoincrement=numbered)
    kept = ", ".join(part.name for part in parts if isinstance(part, sa.Column) and part.name in before)
    op.execute(f"INSERT INTO {again} ({kept}) SELECT {kept} FROM {table}")
    last_id = _last_id(table) if numbered else None
    op.drop_table(table)
    op.rename_table(again, table)
    for sql in made_on_it:
        op.execute(sql)
    if last_id is not None:
        numbers = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
        op.execute(numbers.delete().where(numbers.c.name == table))
        op.execute(numbers.insert().values(name=table, seq=last_id))


def _last_id(table: str) -> int | None:
    found: int | None = op.get_bind().scalar(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table}
    )
    return found


def _count_owned(table: str) -> None:
    if not _is_sqlite() and table == _OWNED[0]:
        op.execute(_FUNCTION)
    for event, (rows, row, count) in _ON.items():
        trigger = f"CREATE TRIGGER tally_owned_{table}_{event} AFTER {event} ON {table}"
        if _is_sqlite():
            add = _ADD.format(rows=f"VALUES ('{table}/' || {row}.teacher_id, '', '', 0, {count})")
            op.execute(f"{trigger} BEGIN {add}; END")
        else:
            op.execute(f"{trigger} REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION tally_owned()")
    # Counted last: a trigger is made once all who write to the table have committed.
    counted = (
        f"SELECT '{table}/' || teacher_id, '', '', 0, count(*) FROM {table} WHERE true GROUP BY teacher_id"
    )
    op.execute(_ADD.format(rows=counted))


def _stop_counting() -> None:
    for table in _OWNED:
        for event in _ON:
            on = "" if _is_sqlite() else f" ON {table}"
            op.execute(f"DROP TRIGGER tally_owned_{table}_{event}{on}")
    if not _is_sqlite():
        op.execute("DROP FUNCTION tally_owned")
    op.execute("DELETE FROM tallies WHERE name LIKE '%/%'")
