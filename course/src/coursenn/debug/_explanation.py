"""Findings that show themselves: as a table in a terminal, and with a picture in a notebook."""

from __future__ import annotations

from coursenn.debug._findings import Findings
from coursenn.debug._page import page
from coursenn.debug._picture import draw
from coursenn.debug._table import table


class Explanation(Findings):
    """A report on the gradients of a backward pass; it prints as a table, and a notebook shows it with a picture.

    Attributes
    ----------
    wrong : the name of the value to look at first; None when every gradient that came back is right.
    """

    def svg(self) -> str:
        """The graph of the forward pass as a picture, with the wrong value marked."""
        return draw(self)

    def __str__(self) -> str:
        return table(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page(self)
