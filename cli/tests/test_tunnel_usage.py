"""The use of the tunnel is counted by month, because ngrok's free plan limits it by month."""

from pathlib import Path

from homework_cli.tunnel.usage import UsageBook


def test_connections_are_counted_through_the_month_and_over_restarts(tmp_path: Path) -> None:
    month = ["2026-11"]
    book = UsageBook(tmp_path / "usage.json", lambda: month[0])
    book.begin({"local": 500})
    book.count(3, {"local": 600, "gpu": 1000})
    book.count(5, {"gpu": 1500})
    assert (book.now.connections, book.now.bytes) == (5, 1600)
    again = UsageBook(tmp_path / "usage.json", lambda: month[0])
    again.begin(None)
    again.count(2, None)
    assert (again.now.connections, again.now.bytes) == (7, 1600)
    month[0] = "2026-12"
    again.count(6, {})
    assert (again.now.month, again.now.connections, again.now.bytes) == ("2026-12", 4, 0)


def test_a_damaged_count_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "usage.json").write_text('{"month": ')
    assert UsageBook(tmp_path / "usage.json").now.connections == 0
