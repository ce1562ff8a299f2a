"""Grading by rules: pure functions of an exercise and an answer."""
