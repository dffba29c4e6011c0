# Finds the package `coursenn` beside this notebook or in ../src, and fetches it where it is in neither (Colab).
# Run this cell first, and again after each restart. It never overwrites a file.
import hashlib
import io
import os
import sys
import urllib.request
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

address = "{{package:archive}}"  # where the course publishes the package; empty while it does not
sha256 = "{{package:sha256}}"  # of that package; no other is used
notebook = globals().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or "."
folders = [Path.cwd(), Path(notebook).absolute().parent]
places = [(f, p) for f in folders for p in (f, f.parent / "src") if (p / "coursenn" / "__init__.py").is_file()]
if not places:
    if not address:
        raise FileNotFoundError("the folder coursenn is not beside this notebook: upload it, or ask your instructor for its address")
    print("Fetching the course from", address)
    archive = zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(address, timeout=60).read()))
    inside = [n for n in archive.namelist() if "/course/src/coursenn/" in n and not n.endswith("/")]
    files = {n.partition("/course/src/")[2]: archive.read(n) for n in inside}
    lines = [f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files)]
    if hashlib.sha256("".join(lines).encode()).hexdigest() != sha256:
        raise ImportError("this is not the package that the notebook was made with: open the newest notebook, or ask your instructor")
    for name in sorted(files, key=lambda n: n == "coursenn/__init__.py"):  # the one that is looked for comes last
        if not Path(name).exists():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(files[name])
    places = [(Path.cwd(), Path.cwd())]
os.chdir(places[0][0])
sys.path.insert(0, str(places[0][1]))

from coursenn.notebook import start
from coursenn.submit import restore_work, save_work

start("{{notebook:name}}")
