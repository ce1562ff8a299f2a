"""What a browser says of its user: which language it wants, and the cookies of this classroom."""

from homework_classroom.language import Language, chosen

LANGUAGE_COOKIE = "homework-language"


def language_of(cookies: str | None, accepted: str | None) -> Language:
    return chosen(next(iter(values_of(cookies, LANGUAGE_COOKIE)), None), accepted)


def values_of(cookies: str | None, wanted: str) -> list[str]:
    """Another program of this host may set a cookie of the same name, and then a browser sends both."""
    pairs = (each.strip().partition("=") for each in (cookies or "").split(";"))
    return [value for name, _, value in pairs if name == wanted]
