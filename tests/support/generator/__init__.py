"""Generators for tests."""
