"""Mutation tests: which faults in the code the tests notice (README.md)."""
