"""A SQLite table of results that survives a power cut, for the peers without a store of their own."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path


def open_store(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS results (job_id TEXT PRIMARY KEY, body TEXT NOT NULL)")
    return connection


def store(connection: sqlite3.Connection, rows: Sequence[tuple[str, str]]) -> None:
    """Store results in one commit."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT OR IGNORE INTO results VALUES (?, ?)", rows)
    connection.execute("COMMIT")


FOUND = "SELECT job_id FROM results WHERE job_id IN ({})"
