"""Errors that prevent sharing."""


class NotShared(Exception):
    """The classroom cannot be shared like this. The text says what to do."""
