"""Does the table of identities list every check of an equation, and only checks whose equation exists?"""

import pytest

from autograder.book_sections import title
from autograder.generate.equations import Checked, identities_page, labels
from autograder.generate.errors import GeneratorError

PAGE = """# A page

```{math}
:label: first
a = b
```

```{code-cell} python
text = ":label: no-equation"
```

```{math}
c = d
```

```{math}
:label: second
e = f
```
"""


def checked(label: str, page: str = "page") -> Checked:
    """An identity that holds."""
    return Checked(label, page, "name", "What was computed.", 1e-12, 1e-16)


def test_only_displayed_equations_have_labels() -> None:
    """Are the labels of equations found in order, and is a label in other code ignored?"""
    assert labels(PAGE) == ["first", "second"]
    assert title(PAGE) == "A page"


def test_the_table_follows_the_pages() -> None:
    """Does each check have a row with links to its equation and page, in the order of the book?"""
    pages = {"page": PAGE, "other": PAGE.replace("first", "third").replace("second", "fourth")}
    text = identities_page(pages, [checked("fourth", "other"), checked("second"), checked("first"), checked("first")])
    rows = [line for line in text.splitlines() if line.startswith("| {eq}")]
    assert [row.split("`")[1] for row in rows] == ["first", "first", "second", "fourth"]
    assert rows[0] == "| {eq}`first` | [A page](page.md) | What was computed. | $10^{-12}$ |"
    assert "4 checks of 3 equations" in text


@pytest.mark.parametrize(("label", "page"), [("lost", "page"), ("first", "nowhere"), ("first", "other")])
def test_a_check_without_its_equation_is_refused(label: str, page: str) -> None:
    """Is a check refused if its equation is not on its page?"""
    with pytest.raises(GeneratorError, match=label):
        identities_page({"page": PAGE, "other": "# Other\n"}, [checked(label, page)])
