"""Italian numbers in words."""

SMALL = (
    "zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici",
    "dodici", "tredici", "quattordici", "quindici", "sedici", "diciassette", "diciotto", "diciannove",
)  # fmt: skip
TENS = ("", "", "venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta")
ORDINALS = (
    "", "primo", "secondo", "terzo", "quarto", "quinto", "sesto", "settimo", "ottavo", "nono", "decimo",
)  # fmt: skip


def cardinal(number: int) -> str:
    """The number in words. Raises ValueError beyond 999,999, because "un milione di" is a noun with a syntax
    of its own.
    """
    if not 0 <= number < 1_000_000:
        raise ValueError(f"{number} has no form as one word")
    words = _spelled(number)
    return f"{words[:-3]}tré" if number > 20 and words.endswith("tre") else words


def has_one_spelling(number: int) -> bool:
    """Whether the number has one right spelling. After a hundred two are right (centotto and centootto,
    centuno and centouno), and so are ventuno and ventun before a noun.
    """
    if any(part % 10 == 1 and part % 100 != 11 for part in divmod(number, 1000)):
        return False
    thousands, below = divmod(number, 1000)
    return all(part < 100 or not _doubtful(part % 100) for part in (thousands, below)) and (
        thousands == 0 or below >= 100 or not _doubtful(below)
    )


def _doubtful(rest: int) -> bool:
    return rest in (1, 8, 11) or 80 <= rest < 90


def ordinal(number: int, *, feminine: bool) -> str:
    """The ordinal number in words, up to 20."""
    word = ORDINALS[number] if number <= 10 else f"{cardinal(number)[:-1]}esimo"
    return f"{word[:-1]}a" if feminine else word


def _spelled(number: int) -> str:
    if number < 20:
        return SMALL[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        # The tens lose their vowel before uno and otto: ventuno, trentotto.
        start = TENS[tens][:-1] if unit in (1, 8) else TENS[tens]
        return start + (SMALL[unit] if unit else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return ("" if hundreds == 1 else SMALL[hundreds]) + "cento" + (_spelled(rest) if rest else "")
    thousands, rest = divmod(number, 1000)
    return ("mille" if thousands == 1 else f"{_spelled(thousands)}mila") + (_spelled(rest) if rest else "")
