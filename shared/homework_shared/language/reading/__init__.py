"""Reads the text of an exercise for the checks: words, phrases, subjects, groups of verbs."""
