"""Mutation tests: they show which faults in the code the tests notice (README.md)."""
