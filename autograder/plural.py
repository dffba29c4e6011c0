"""Numbers with the right form of the word after them."""

from __future__ import annotations

SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def counted(number: float, one: str, many: str = "") -> str:
    """``1 file``, ``2 files``, ``1.5 points``.

    Parameters
    ----------
    number : how many; a whole number is written without a decimal point.
    one : the word for a single one.
    many : the word for all other numbers; by default ``one`` with an s.
    """
    return f"{round(number, 2):g} {word_for(number, one, many)}"


def word_for(number: float, one: str, many: str = "") -> str:
    """The form of a word for a number, without the number."""
    return one if number == 1 else many or f"{one}s"


def in_words(number: int) -> str:
    """A small number as a word, for a sentence that begins with it: ``six``; digits for a larger one."""
    return SMALL[number] if number < len(SMALL) else str(number)
