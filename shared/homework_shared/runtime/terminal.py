"""Makes text of unknown origin safe to show in a terminal."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"


def sanitize(text: str) -> str:
    """The text without characters that could control the terminal. New lines and tabs stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else _REPLACED for char in text)
