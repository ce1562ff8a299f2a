"""SQLite tallies a homework that changes without an upsert.

SQLite keeps copies of the pages that a statement changes if triggers go with it and it may have to be
undone by itself: 20 µs for each homework that is written. `UPDATE OR ROLLBACK` needs no copies, unless a
trigger holds an upsert, which fails on terms of its own.
"""

from alembic import op

revision = "v0008"
down_revision = "v0007"
branch_labels = None
depends_on = None

_CHANGED = "OLD.status IS NOT NEW.status OR OLD.generated_by IS NOT NEW.generated_by"
_TRIGGER = (
    f"CREATE TRIGGER tally_homework_update AFTER UPDATE {{of}} ON homework WHEN {_CHANGED} BEGIN {{do}} END"
)
_THEIRS = """
    name = 'homework' AND status = {row}.status
    AND generated_by = coalesce({row}.generated_by, '') AND shard = 0
"""
_MAKE = """
    INSERT INTO tallies (name, status, generated_by, shard, total)
    SELECT 'homework', {row}.status, coalesce({row}.generated_by, ''), 0, 0
    WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE {theirs});
"""
_ADD = "UPDATE tallies SET total = total + {count} WHERE {theirs};"
_UPSERT = """
    INSERT INTO tallies (name, status, generated_by, shard, total)
    VALUES ('homework', {row}.status, coalesce({row}.generated_by, ''), 0, {count})
    ON CONFLICT (name, status, generated_by, shard) DO UPDATE SET total = tallies.total + excluded.total;
"""


def upgrade() -> None:
    old, new = (_THEIRS.format(row=row) for row in ("OLD", "NEW"))
    make = _MAKE.format(row="NEW", theirs=new)  # that of the old status is there: this row was counted in it
    add = _ADD.format(count=-1, theirs=old) + _ADD.format(count=1, theirs=new)
    _replace(_TRIGGER.format(of="OF status, generated_by", do=make + add))


def downgrade() -> None:
    add = _UPSERT.format(row="OLD", count=-1) + _UPSERT.format(row="NEW", count=1)
    _replace(_TRIGGER.format(of="", do=add))


def _replace(trigger: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER tally_homework_update")
        op.execute(trigger)
