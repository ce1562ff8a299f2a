"""Everything that can break, broken under load, with a count of what that cost."""
