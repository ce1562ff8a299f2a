"""Measures the checks on exercises that a teacher has judged."""
