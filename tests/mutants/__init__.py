"""Faults put into the code by a tool: which of them the tests notice (README.md)."""
