"""What a browser sends about its user: the preferred languages, and the cookies of this classroom."""

from homework_classroom.language import Language, chosen

LANGUAGE_COOKIE = "homework-language"


def language_of(cookies: str | None, accepted: str | None) -> Language:
    return chosen(next(iter(values_of(cookies, LANGUAGE_COOKIE)), None), accepted)


def values_of(cookies: str | None, wanted: str) -> list[str]:
    """The values of this cookie. Another program on this host may set a cookie of the same name, and then a
    browser sends both.
    """
    pairs = (each.strip().partition("=") for each in (cookies or "").split(";"))
    return [value for name, _, value in pairs if name == wanted]
