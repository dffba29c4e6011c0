"""Reads TOML and JSON into typed structs, and says what is wrong with them in one line that names the file and the place.

`msgspec` compares the data with the types and says which place does not fit. The sentence is made here, from the type expected
there and the value found, so that it can name the nearest known key and the entry by its id.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from autograder.paths import printable

T = TypeVar("T")
MOST_SHOWN = 60
_PLACE = re.compile(r"(?P<problem>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`)?", re.DOTALL)
_ANY = "[...]"
_STEP = re.compile(r"\.(?P<key>[^.\[\]]+)|\[(?P<number>\d+)\]|(?P<any>\[\.\.\.\])")
_KEY = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)
_OF_MSGSPEC = ("Expected ", "Invalid ")


class DataError(ValueError):
    """A file of settings does not fit its types; the message is one line with file, place and remedy."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything that is read: an unknown key is an error, and what was read does not change.

    Subclasses say ``frozen=True`` once more, for mypy.
    """


def read_toml(path: Path, kind: type[T]) -> T:
    """Read a TOML file into a type.

    Raises
    ------
    DataError
        When the file cannot be read, is not TOML, or does not fit the type.
    """
    where = display_path(path)
    try:
        data = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{where}: not TOML: {_one_line(str(error))}") from error
    return checked(data, kind, where, tables=True)


def read_json(path: Path, kind: type[T]) -> T:
    """Read a JSON file into a type; the errors are those of `read_toml`."""
    where = display_path(path)
    try:
        data = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not JSON: {_one_line(str(error))}") from error
    return checked(data, kind, where)


def checked(data: Any, kind: type[T], where: str = "", *, tables: bool = False) -> T:
    """Data as that type.

    Parameters
    ----------
    data : what a decoder of TOML or JSON gave.
    kind : a subclass of `msgspec.Struct`, or any other type that msgspec knows.
    where : what the message calls the source.
    tables : name places as TOML writes them, ``[[task]] 3``, and not ``task 3``.

    Raises
    ------
    DataError
        When the data does not fit the type.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise DataError(_explained(str(error), data, kind, where, tables)) from None


def place(where: str, table: str, number: int, name: str) -> str:
    """How messages name an entry of a list of tables: ``course.toml, [[task]] 3 ("affine-forward")``."""
    return f"{where}, [[{table}]] {number} ({value_text(name)})"


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """The end of a sentence about an unknown name: the nearest known name, or all of them.

    Parameters
    ----------
    what : what the known ones are called together: ``"the tasks"``.
    """
    names = list(known)
    found = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {found[0]}?" if found else f"{what} are {', '.join(names) or 'none'}"


def value_text(value: Any) -> str:
    """A value as a message shows it: one short line."""
    if isinstance(value, str):
        text = json.dumps(printable(value, MOST_SHOWN + 1), ensure_ascii=False)
        return text if len(value) <= MOST_SHOWN else f'{text[:MOST_SHOWN]}..."'
    if isinstance(value, dict | list):
        kind = "table" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    return printable(str(value), MOST_SHOWN)


def display_path(path: Path) -> str:
    """A path as messages show it: relative to the current folder when it is below that."""
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{display_path(path)}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{display_path(path)}: not UTF-8 (byte {error.start}): save the file as UTF-8") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _explained(message: str, data: Any, kind: Any, where: str, tables: bool) -> str:
    match = _PLACE.fullmatch(message)
    problem, path = (match["problem"], match["path"] or "") if match else (message, "")
    names, value, expected = _walk(_steps(path), data, inspect.type_info(kind), tables)
    if match and match["key"] and isinstance(mapping := _plain(expected), inspect.DictType):
        names, value, expected = [*names, "a key"], ", ".join(map(str, value)), mapping.key_type
    if key := _KEY.fullmatch(problem):
        fields = {f.encode_name: f.type for f in expected.fields} if isinstance(expected, inspect.StructType) else {}
        name = printable(key["name"])
        if key["what"] == "missing required":
            sentence = f"{_table_name(name, fields.get(name)) if tables and not path else name} is missing"
        else:
            sentence = f"unknown key {value_text(name)}; {nearest(name, fields, 'the keys')}"
    elif problem.startswith(_OF_MSGSPEC):
        # msgspec does not say which entry of a dictionary it is.
        got = "" if _ANY in path else f", got {value_text(value)}{_near_choice(value, expected)}"
        sentence = f"expected {describe(expected)}{got}"
    else:
        sentence = problem  # of a struct's own `__post_init__`
    return _one_line(": ".join(filter(None, [", ".join(filter(None, [where, *names])), sentence])))


def _steps(path: str) -> list[str | int]:
    return [int(m["number"]) if m["number"] else m["key"] or m["any"] for m in _STEP.finditer(path)]


def _walk(steps: list[str | int], data: Any, node: inspect.Type, tables: bool) -> tuple[list[str], Any, inspect.Type]:
    """The words for each step of a path, and the value and the type that it ends at."""
    names: list[str] = []
    headings: list[str] = []
    for step, following in itertools.zip_longest(steps, steps[1:]):
        node, data = _inner(node, step), _item(data, step)
        if isinstance(step, int):
            names.append(names.pop() + _entry(data, step + 1) if names else f"entry {step + 1}")
        elif tables and (isinstance(data, dict) or isinstance(_item(data, following), dict)):
            headings.append(step)
            heading = f"[{'.'.join(headings)}]"
            names.append(heading if isinstance(data, dict) else f"[{heading}]")
        else:
            names.append("an entry" if step == _ANY else step)
    return names, data, node


def _entry(data: Any, number: int) -> str:
    """How the entry of a list is named: a table by its number and, where it has one, its id or name."""
    if not isinstance(data, dict):
        return f", entry {number}"
    name = next((data[key] for key in ("id", "name") if key in data), None)
    return f" {number}" if name is None else f" {number} ({value_text(name)})"


def _inner(node: inspect.Type, step: str | int) -> inspect.Type:
    """The type of an item of a struct, a list or a dictionary."""
    node = _plain(node)
    if isinstance(node, inspect.StructType):
        return next((f.type for f in node.fields if f.encode_name == step), inspect.AnyType())
    if isinstance(node, inspect.DictType):
        return node.value_type
    return getattr(node, "item_type", inspect.AnyType())


def _item(data: Any, step: str | int | None) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _plain(node: inspect.Type) -> inspect.Type:
    """The type without its metadata and without ``None``."""
    if isinstance(node, inspect.Metadata):
        return _plain(node.type)
    if isinstance(node, inspect.UnionType):
        kinds = [t for t in node.types if not isinstance(t, inspect.NoneType)]
        return _plain(kinds[0]) if len(kinds) == 1 else node
    return node


def describe(node: inspect.Type) -> str:
    """What a type admits, in words; its own description where it has one."""
    if isinstance(node, inspect.Metadata):
        return str((node.extra_json_schema or {}).get("description") or describe(node.type))
    node = _plain(node)
    if isinstance(node, inspect.UnionType):
        return " or ".join(describe(t) for t in node.types)
    if choices := _choices(node):
        return f"one of {', '.join(map(value_text, choices))}"
    if isinstance(node, inspect.ListType | inspect.VarTupleType):
        items = "tables" if isinstance(_plain(node.item_type), inspect.StructType) else "values"
        return f"a list of {items}" + _bounds("length", at_least=node.min_length, at_most=node.max_length)
    if isinstance(node, inspect.StrType):
        return "text" + _bounds("length", at_least=node.min_length, at_most=node.max_length)
    if isinstance(node, inspect.FloatType | inspect.IntType):
        kind = "a number" if isinstance(node, inspect.FloatType) else "a whole number"
        return kind + _bounds("", above=node.gt, at_least=node.ge, below=node.lt, at_most=node.le)
    return "true or false" if isinstance(node, inspect.BoolType) else "a table"


def _bounds(of: str, **bounds: float | None) -> str:
    found = [f"{name.replace('_', ' ')} {bound:g}" for name, bound in bounds.items() if bound is not None]
    return f" {f'of {of} ' if of else ''}{' and '.join(found)}" if found else ""


def _choices(node: inspect.Type) -> list[Any]:
    if isinstance(node, inspect.LiteralType):
        return list(node.values)
    return [member.value for member in node.cls] if isinstance(node, inspect.EnumType) else []


def _near_choice(value: Any, node: inspect.Type) -> str:
    found = difflib.get_close_matches(value, [str(c) for c in _choices(_plain(node))], n=1) if isinstance(value, str) else []
    return f"; did you mean {value_text(found[0])}?" if found else ""


def _table_name(name: str, node: inspect.Type | None) -> str:
    """A key of the top of a TOML file, as it is written there."""
    node = _plain(node) if node else inspect.AnyType()
    if isinstance(node, inspect.StructType):
        return f"[{name}]"
    return f"[[{name}]]" if isinstance(_plain(getattr(node, "item_type", inspect.AnyType())), inspect.StructType) else name
