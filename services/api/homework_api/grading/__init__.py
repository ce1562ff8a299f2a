"""Grading by rule: pure functions of an exercise and an answer."""
