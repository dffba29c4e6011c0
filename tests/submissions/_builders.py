"""Makes what git cannot hold: links, pipes, odd names, damaged and lying archives.

Each function is given the folder of an otherwise finished submission and changes it, or returns a file to grade instead.
"""

from __future__ import annotations

import bz2
import gzip
import io
import os
import socket
import stat
import struct
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.hand_ins import gzipped_tar, in_clone, notebook, tarred, zipped
from tests.submissions import _notebooks

LAYERS = "coursenn/layers.py"


def links(root: Path) -> None:
    """A link in the place of a file, a link to a folder, and a link to itself."""
    (root / LAYERS).unlink()
    (root / LAYERS).symlink_to("/etc/passwd")
    (root / "models").symlink_to("/etc")
    (root / "loop").symlink_to("loop")


def folder_is_a_link(root: Path) -> None:
    """The package itself is a link to a folder elsewhere."""
    (root / "coursenn").rename(root.parent / "elsewhere")
    (root / "coursenn").symlink_to(root.parent / "elsewhere")


def pipes_and_sockets(root: Path) -> None:
    """A pipe where a file should be, which nobody writes into, and a socket."""
    (root / LAYERS).unlink()
    os.mkfifo(root / LAYERS)
    (root / "coursenn" / "optim.py").unlink()
    # The name of a socket may not be long.
    here = os.open(root / "coursenn", os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{here}/optim.py")
    os.close(here)


def odd_file_names(root: Path) -> None:
    """Names that are no UTF-8, turn the direction of writing, or hold line feeds and escapes."""
    for name in (b"\xff\xfe.py", "a\u202eyp.py".encode(), b"a\nb.py", b"\x1b[2J.py", b"-rf", b"$(touch x).py", b"<b>.py"):
        Path(os.fsdecode(bytes(root) + b"/" + name)).write_text("x = 1\n")


def too_many_files(root: Path) -> None:
    """Thousands of empty files."""
    folder = root / "data"
    folder.mkdir()
    for n in range(5100):
        (folder / f"{n}.txt").touch()


def one_vast_file(root: Path) -> None:
    """A file of terabytes that takes no space on the disk."""
    with (root / "coursenn" / "optim.py").open("wb") as file:
        file.truncate(1 << 40)


def large_source(root: Path) -> None:
    """A source file above its cap."""
    with (root / LAYERS).open("ab") as file:
        file.write(b"#" * (2 << 20))


def deep_folders(root: Path) -> None:
    """Folders in folders, deeper than a path may be long."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def forbidden_folder(root: Path) -> None:
    """A folder that its owner has closed."""
    (root / "private").mkdir(mode=0)


def pickled_model(root: Path) -> None:
    """A model whose arrays are objects: loading them would run a command."""

    class Command:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {root.parent / 'outside' / 'owned'}",)

    (root / "models").mkdir()
    objects = {"format": np.array([Command()], dtype=object), "param_W1": np.array([Command()], dtype=object)}
    np.savez(root / "models" / "best_basic.npz", **objects)  # type: ignore[arg-type]


def model_bomb(root: Path) -> None:
    """A model of some kilobytes that announces and unpacks to gigabytes, and an array that announces more than it has."""
    (root / "models").mkdir()
    with zipfile.ZipFile(root / "models" / "best_basic.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("param_W1.npy", b"\0" * (1 << 26) + b"\0")
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000), }"
    npy = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    with zipfile.ZipFile(root / "models" / "best_improved.npz", "w") as archive:
        archive.writestr("param_W1.npy", npy)


def model_with_slow_types(root: Path) -> None:
    """A model whose arrays have types, sizes and dimensions that are slow to compute with."""
    (root / "models").mkdir()
    arrays = {"format": np.array(1), "normalization": np.array(0), "mean_image": np.zeros((3, 32, 32), np.float16)}
    arrays |= {"hidden_dims": np.array([1] * 15), "param_W1": np.zeros((3072, 1), np.int64), "param_b1": np.zeros((1,) * 9)}
    np.savez(root / "models" / "best_basic.npz", **arrays)


# ---------------------------------------------------------------- archives


def _archive(root: Path, *more: tuple[str | zipfile.ZipInfo, bytes], without: str = "") -> Path:
    """A zip of the submission, and members that no ordinary program writes."""
    target = root.parent / "student.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in root.rglob("*") if p.is_file() and p.relative_to(root).as_posix() != without):
            archive.write(path, path.relative_to(root).as_posix())
        for name, data in more:
            archive.writestr(name, data)
    return target


def _changed(target: Path, old: bytes, new: bytes) -> Path:
    data = target.read_bytes()
    assert len(old) == len(new)
    assert old in data
    target.write_bytes(data.replace(old, new))
    return target


def _info(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def zip_with_names_that_lead_out(root: Path) -> Path:
    """Absolute names, ``..``, backslashes and drive letters."""
    names = [
        "/coursenn/layers.py",
        "../../autograder/intake.py",
        "coursenn/../../x.py",
        "..\\x.py",
        "C:\\coursenn\\layers.py",
        "\\\\host\\x.py",
    ]
    return _archive(root, *((name, b"x = 1\n") for name in names))


def zip_with_a_name_twice(root: Path) -> Path:
    """The same file twice, once under a backslash and a dot, so that two programs unpack two different ones."""
    return _archive(root, (".\\coursenn//layers.py", b"x = 1\n"))


def zip_with_other_spellings(root: Path) -> Path:
    """Names that differ only in case, width, Unicode form or a dot at the end: some systems take them for one."""
    names = ["coursenn/LAYERS.py", "Coursenn/layers.py", "coursenn/\uff4cayers.py", "coursenn/layers.py.", "coursenn /layers.py"]
    return _archive(root, *((name, b"def relu_forward(x):\n    raise MemoryError\n") for name in names))


def zip_with_nul_in_a_name(root: Path) -> Path:
    """A name that ends at a NUL for one program and goes on for another."""
    target = _archive(root, ("coursenn/layers.pyX.txt", b"x = 1\n"), without=LAYERS)
    return _changed(target, b"layers.pyX.txt", b"layers.py\0.txt")


def zip_with_links(root: Path) -> Path:
    """Links and devices, as their attributes say."""
    modes = {"coursenn/layers.py": stat.S_IFLNK, "models/best_basic.npz": stat.S_IFBLK, "Dropout.ipynb": stat.S_IFIFO}
    return _archive(root, *((_info(name, mode | 0o777), b"/etc/passwd") for name, mode in modes.items()), without=LAYERS)


def zip_bomb(root: Path) -> Path:
    """A source file of 30 MB in 30 kilobytes."""
    return _archive(root, (_info(LAYERS), b"#" * (30 << 20)), without=LAYERS)


def zip_bomb_announced(root: Path) -> Path:
    """A member that says it unpacks to a quarter of a gigabyte."""
    target = _archive(root, (_info("data/all.bin"), b"\0" * 123_456))
    return _changed(target, struct.pack("<L", 123_456), struct.pack("<L", (1 << 28) - 1))


def zip_bomb_of_bzip2(root: Path) -> Path:
    """A member packed by bzip2: a short piece of it becomes hundreds of megabytes at once."""
    once = bz2.compress(b"\0" * (45 << 20))
    target = root.parent / "student.zip"
    info = _info(LAYERS)
    info.compress_type = zipfile.ZIP_STORED
    _archive(root, (info, once * 20), without=LAYERS)
    data = bytearray(target.read_bytes())
    with zipfile.ZipFile(target) as archive:
        member = archive.getinfo(LAYERS)
    central = data.rindex(b"PK\x01\x02")
    data[member.header_offset + 8 : member.header_offset + 10] = data[central + 10 : central + 12] = struct.pack("<H", zipfile.ZIP_BZIP2)
    target.write_bytes(bytes(data))
    return target


def zip_with_overlap(root: Path) -> Path:
    """Two members that share the same bytes, as in the bombs that hold a file many times."""
    target = _archive(root, (LAYERS, b"x = 1\n"), ("coursenn/helper.py", b"x = 1\n"), without=LAYERS)
    data = bytearray(target.read_bytes())
    first, second = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02")), data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    target.write_bytes(bytes(data))
    return target


def zip_with_a_password(root: Path) -> Path:
    """A member that needs a password."""
    target = _archive(root)
    data = bytearray(target.read_bytes())
    with zipfile.ZipFile(target) as archive:
        offset = archive.getinfo(LAYERS).header_offset
    central = data.index(LAYERS.encode(), data.index(b"PK\x01\x02")) - 46
    data[offset + 6] |= 1
    data[central + 8] |= 1
    target.write_bytes(bytes(data))
    return target


def zip_with_a_wrong_checksum(root: Path) -> Path:
    """A member whose bytes were changed on the way."""
    target = _archive(root)
    data = bytearray(target.read_bytes())
    with zipfile.ZipFile(target) as archive:
        offset = archive.getinfo(LAYERS).header_offset
    data[offset + 2000] ^= 0xFF
    target.write_bytes(bytes(data))
    return target


def zip_with_a_wrong_size(root: Path) -> Path:
    """A member that says it is short and unpacks to more."""
    target = _archive(root, (LAYERS, b"x = 1\n" * 100), without=LAYERS)
    size = struct.pack("<L", 600)
    return _changed(target, size, struct.pack("<L", 6))


def zip_cut_short(root: Path) -> Path:
    """An archive that was not sent to its end."""
    target = _archive(root)
    data = target.read_bytes()
    target.write_bytes(data[: len(data) * 2 // 3])
    return target


def zip_in_zip(root: Path) -> Path:
    """An archive of an archive."""
    inner = _archive(root).read_bytes()
    target = root.parent / "outer.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("student.zip", inner)
    return target


def zip_of_countless_entries(root: Path) -> Path:
    """An archive of more entries than anybody lists."""
    target = root.parent / "student.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for n in range(5_100):
            archive.writestr(f"coursenn/{n:06}.py", b"")
    return target


def zip_from_a_mac(root: Path) -> Path:
    """What a Mac packs: one folder around it all, and a shadow of resource forks."""
    target = root.parent / "student.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in root.rglob("*") if p.is_file()):
            name = path.relative_to(root).as_posix()
            archive.write(path, f"my homework (final)/{name}")
            archive.writestr(f"__MACOSX/my homework (final)/._{name.rpartition('/')[2]}", b"\0\5\x16\7")
        archive.writestr("my homework (final)/.DS_Store", b"\0")
    return target


def no_archive(root: Path) -> Path:
    """A picture that is called a zip."""
    target = root.parent / "student.zip"
    target.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    return target


# ---------------------------------------------------------------- hand-ins as the world makes them


def _files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def _sent(root: Path, name: str, data: bytes) -> Path:
    target = root.parent / name
    target.write_bytes(data)
    return target


def _moved(root: Path, place: Callable[[str], str]) -> dict[str, bytes]:
    return {place(name): data for name, data in _files(root).items()}


def tar_compressed(root: Path) -> Path:
    """A compressed tar of the folder."""
    return _sent(root, "student.tar.gz", gzipped_tar(_moved(root, lambda name: f"./student/{name}").items()))


def tar_plain(root: Path) -> Path:
    """A tar of the content, under the name of a zip."""
    return _sent(root, "student.zip", tarred(_files(root).items()))


def whole_clone(root: Path) -> Path:
    """A zip of a clone, as GitHub and people make it, with the book and the files of the course beside the work."""
    (root / "Dropout.ipynb").write_bytes(notebook())
    files = _moved(root, lambda name: f"coursenn-main/{in_clone(name)}")
    files |= {f"coursenn-main/{name}": b"x" for name in ("README.md", "course/setup.py", "book/dropout.md", ".git/HEAD")}
    return _sent(root, "coursenn-main.zip", zipped(files.items()))


def capital_zip(root: Path) -> Path:
    """A zip in capital letters."""
    return _sent(root, "STUDENT.ZIP", zipped(_files(root).items()))


def with_environments(root: Path) -> Path:
    """Two virtual environments of 6,000 files beside the work, in the folder and in the zip of it."""
    files = {f".venv/lib/python3.11/site-packages/m{n}/layers.py": b"" for n in range(3_000)}
    files |= {f"my env/lib/python3.11/site-packages/m{n}/cnn.py": b"" for n in range(3_000)} | {"my env/pyvenv.cfg": b""}
    return _sent(root, "student.zip", zipped({**files, **_files(root)}.items()))


def from_windows(root: Path) -> Path:
    """A zip whose names have backslashes."""
    return _sent(root, "student.zip", zipped(_moved(root, lambda name: f"My Work\\{name}".replace("/", "\\")).items()))


def numbered_by_a_browser(root: Path) -> None:
    """Files that were downloaded a second time before they were handed in."""
    (root / LAYERS).rename(root / "coursenn" / "layers (1).py")
    (root / "coursenn" / "optim.py").rename(root / "coursenn" / "optim-2.py")


def loose_files(root: Path) -> None:
    """All files in one folder."""
    for path in sorted((root / "coursenn").rglob("*.py")):
        path.rename(root / path.name)


def folders_in_folders(root: Path) -> None:
    """The work four folders deep, with accents as a Mac writes them."""
    deep = root / unicodedata.normalize("NFD", "Übung é") / "a (1)" / "Jané" / "work"
    deep.mkdir(parents=True)
    (root / "coursenn").rename(deep / "coursenn")


def notebooks_renamed(root: Path) -> None:
    """Notebooks as a browser saves them."""
    (root / "Dropout.ipynb.txt").write_bytes(notebook())
    (root / "BatchNormalization.ipynb.json").write_bytes(notebook())


def notebook_over_its_limit(root: Path) -> None:
    """A notebook of 26 MB, nearly all of it outputs."""
    cell = b'{"cell_type": "code", "metadata": {}, "source": "1", "execution_count": 1, "outputs": [{"data": "%s"}]}' % (b"A" * 26_000_000)
    (root / "Dropout.ipynb").write_bytes(b'{"cells": [%s], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}' % cell)


def archive_and_loose_files(root: Path) -> Path:
    """What an LMS delivers of one student: an archive, and a file that was handed in beside it."""
    delivery = root.parent / "delivery"
    delivery.mkdir()
    files = _files(root)
    (delivery / "optim.py").write_bytes(files.pop("coursenn/optim.py"))
    (delivery / "work (1).zip").write_bytes(zipped(files.items()))
    return delivery


def other_case(root: Path) -> None:
    """Names that a system without case has changed."""
    (root / LAYERS).rename(root / "coursenn" / "Layers.PY")
    (root / "coursenn").rename(root / "COURSENN")


def copies_beside(root: Path) -> None:
    """Copies that somebody made before trying something."""
    for name in ("layers - Copy.py", "Copy of layers.py", "layers-Copy1.py"):
        (root / "coursenn" / name).write_bytes(b"def relu_forward(x):\n    return x, x\n")


def copies_that_differ(root: Path) -> None:
    """Two packages, of which nobody can say which one is meant."""
    (root / "coursenn").rename(root / "old coursenn")
    for name in ("first", "second"):
        (root / name / "coursenn").mkdir(parents=True)
        (root / name / LAYERS).write_text(f"x = '{name}'\n")
    (root / "second" / "coursenn" / "optim.py").write_bytes((root / "old coursenn" / "optim.py").read_bytes())
    (root / "old coursenn" / "optim.py").unlink()
    (root / "old coursenn" / "layers.py").unlink()


def page_in_place_of_a_file(root: Path) -> None:
    """The page that shows a file, saved under the name of the file."""
    (root / LAYERS).write_bytes(b"<!DOCTYPE html>\n<html><body>def relu_forward(x): ...</body></html>\n")


def sent_as_rar(root: Path) -> Path:
    """A RAR archive that is called a zip."""
    return _sent(root, "student.zip", b"Rar!\x1a\x07\x01\0" + bytes(500))


def sent_as_7z(root: Path) -> Path:
    """A 7z archive inside of a zip."""
    return _sent(root, "student.zip", zipped([("work/student.7z", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(500))]))


def sent_as_pdf(root: Path) -> Path:
    """A notebook that was printed."""
    return _sent(root, "Dropout.pdf", b"%PDF-1.7\n" + bytes(500))


def sent_as_document(root: Path) -> Path:
    """Code that was pasted into a text document."""
    return _sent(root, "homework.docx", zipped([("[Content_Types].xml", b"<x/>"), ("_rels/.rels", b""), ("word/document.xml", b"x = 1")]))


def tar_with_links(root: Path) -> Path:
    """A tar with links, devices, and names that lead out of the folder."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in {**_files(root), "../../autograder/x.py": b"x", "/coursenn/layers.py": b"x"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if name == LAYERS:
                info.type, info.linkname, info.size, data = tarfile.SYMTYPE, "/etc/passwd", 0, b""
            archive.addfile(info, io.BytesIO(data))
        hard = tarfile.TarInfo("models/best_basic.npz")
        hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/shadow"
        archive.addfile(hard)
    return _sent(root, "student.tar", target.getvalue())


def tar_bomb(root: Path) -> Path:
    """A compressed tar of a few megabytes with more behind the work than anybody unpacks."""
    members = _files(root)
    # Without the empty blocks that end a tar.
    files = tarred(members.items())[: sum(512 + -(-len(data) // 512) * 512 for data in members.values())]
    header = tarfile.TarInfo("data.bin")
    header.size = 1 << 40
    return _sent(root, "student.tgz", gzip.compress(files, 1) + gzip.compress(header.tobuf()) + gzip.compress(bytes(1 << 20)) * 3_000)


# ---------------------------------------------------------------- bytes of source files


def _rewritten(root: Path, change: object) -> None:
    path = root / LAYERS
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]


def source_with_nul_bytes(root: Path) -> None:
    """NUL bytes in the middle of the text, as a broken disk leaves them."""
    _rewritten(root, lambda data: data.replace(b"\n\n\ndef relu_forward", b"\n\0\0\0\n\n\ndef relu_forward"))


def source_with_byte_order_mark(root: Path) -> None:
    """A mark at the beginning, as some editors put it."""
    _rewritten(root, lambda data: b"\xef\xbb\xbf" + data)


def source_with_windows_lines(root: Path) -> None:
    """Carriage return and line feed at the end of each line."""
    _rewritten(root, lambda data: data.replace(b"\n", b"\r\n"))


def source_with_old_mac_lines(root: Path) -> None:
    """Carriage returns alone."""
    _rewritten(root, lambda data: data.replace(b"\n", b"\r"))


def source_in_utf_16(root: Path) -> None:
    """What an old editor calls Unicode."""
    _rewritten(root, lambda data: data.decode().encode("utf-16"))


def source_in_latin_1(root: Path) -> None:
    """An accent in another encoding than the one that Python expects."""
    _rewritten(root, lambda data: b"# Ren\xe9's layers\n" + data)


def source_cut_short(root: Path) -> None:
    """A file that ends in the middle of a function."""
    _rewritten(root, lambda data: data[: data.index(b"def svm_loss") + 400])


def source_with_odd_cookie(root: Path) -> None:
    """A declared encoding that decodes nothing."""
    _rewritten(root, lambda data: b"# coding: undefined\n" + data)


def source_with_deep_brackets(root: Path) -> None:
    """Brackets and signs nested so deep that a compiler gives up."""
    _rewritten(
        root,
        lambda data: (
            data + b"\n\nx = " + b"(" * 5000 + b")" * 5000 + b"\ny = " + b"-" * 200_000 + b"1\n" + b"z = " + b"a." * 100_000 + b"a\n"
        ),
    )


def source_of_nothing_but_quotes(root: Path) -> None:
    """A file of quotes, each of which could begin or end a text."""
    (root / LAYERS).write_bytes(b'"""\n' * 5_001)


def _notebook(root: Path, *changes: Callable[[_notebooks.Document], None]) -> None:
    document = _notebooks.read()
    for change in changes:
        change(document)
    _notebooks.write(root, document)


def notebook_with_names_of_scores(root: Path) -> None:
    """Answers that hold elements with the names of the formgrader's."""
    _notebook(root, _notebooks.take_the_place_of_scores)


def notebook_repeated_backwards(root: Path) -> None:
    """Every cell three times, from the last to the first, names of scores included."""
    _notebook(root, _notebooks.take_the_place_of_scores, _notebooks.repeat_and_turn_round)


def notebook_with_pictures(root: Path) -> None:
    """Pictures of every kind in an answer."""
    _notebook(root, _notebooks.attach_every_kind)


def notebook_with_false_pictures(root: Path) -> None:
    """Attachments that are missing, or are no pictures."""
    _notebook(root, _notebooks.attach_what_is_no_picture)


def notebook_slow_to_lay_out(root: Path) -> None:
    """Texts that take minutes to lay out."""
    _notebook(root, _notebooks.take_long_to_lay_out)
