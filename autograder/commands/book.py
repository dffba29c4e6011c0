"""`autograder dev book`: build the book as a site."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands._exit_status import EXIT_FINDINGS
from autograder.generate.errors import GeneratorError
from autograder.manifest import load_course
from autograder.paths import REPOSITORY
from autograder.publish.build import BookError, build_site, follow_links
from autograder.publish.editions import EDITIONS, Edition


@click.command()
@click.option(
    "--edition",
    type=click.Choice(EDITIONS),
    default="public",
    show_default=True,
    help="What the book shows: instructor adds answers, rubrics and hidden checks to public, after-deadline adds answers.",
)
@click.option(
    "--assignment", "assignments", multiple=True, metavar="NAME", help="Assignment whose answers the edition includes. Default: all."
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder for the sources and the site. Default: build/book or build/book-EDITION."
)
@click.option("--clean", is_flag=True, help="Build every page again.")
@click.option("--pdf", is_flag=True, help="Also print the whole book into one PDF, with Chromium.")
@click.option(
    "--pyodide",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Put Python for the browser, from this folder, into the site, so that it needs no other host.",
)
@click.option("--lite", is_flag=True, help="Also put the notebooks into the site as JupyterLite, which runs them in the browser.")
@click.option("--first-pages", is_flag=True, help="Build only the first pages, in seconds, into build/book-first-pages.")
@click.option("--check-links", is_flag=True, help="Follow every external link instead of building; this needs the network.")
def command(
    edition: Edition,
    assignments: tuple[str, ...],
    output: Path | None,
    clean: bool,
    pdf: bool,
    pyodide: Path | None,
    lite: bool,
    first_pages: bool,
    check_links: bool,
) -> None:
    """Build the book. A warning counts as an error.

    Exit status: 0 done, 1 something must be corrected first, 2 misuse.

    \b
    Example:
      autograder dev book --edition instructor
    """
    if first_pages and (edition != "public" or pdf or lite or check_links):
        raise click.UsageError(
            "--first-pages is a glance at the public edition: use it with neither --edition, --pdf, --lite nor --check-links"
        )
    kind = "first-pages" if first_pages else edition
    target = output or REPOSITORY / "build" / ("book" if kind == "public" else f"book-{kind}")
    course = load_course()
    try:
        if check_links:
            follow_links(course, target, edition)
            return
        site = build_site(course, target, edition, assignments, clean=clean, pyodide=pyodide, lite=lite, first=first_pages)
        click.echo(f"The book is at {site / 'index.html'}")
        if pdf:
            from autograder.publish.pdf import print_book

            click.echo(f"The PDF is at {print_book(course, target)}")
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error
    except (BookError, GeneratorError, OSError) as error:
        click.echo(f"refused: {error}", err=True)
        raise SystemExit(EXIT_FINDINGS) from error
