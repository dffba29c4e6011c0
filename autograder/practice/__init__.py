"""The practice page: a visitor of the book's site writes the functions of the course and runs their checks in the browser."""
