"""The API and its databases, for tests."""
