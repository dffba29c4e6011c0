# Finds the package `coursenn`: beside this notebook, or in ../src. Run this cell first, and again after each restart.
import os
import sys
from pathlib import Path

notebook = Path(globals().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or "unknown")
if notebook.is_file():
    os.chdir(notebook.absolute().parent)
sys.path[:0] = [os.getcwd(), str(Path.cwd().parent / "src")]
try:
    from coursenn.notebook import hint, start
except ModuleNotFoundError:
    wrong_folder = FileNotFoundError(f"no folder coursenn in {os.getcwd()}: start Jupyter in the folder of this notebook")
    ### BEGIN FETCH
    import hashlib
    import io
    import urllib.request
    import zipfile

    address = "{{package:archive}}"
    print("Fetching the course from", address)
    try:
        archive = zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(address, timeout=60).read()))
    except OSError as error:
        print(f"It could not be fetched: {error}")
        raise wrong_folder from None
    inside = [n for n in archive.namelist() if "/course/src/coursenn/" in n and not n.endswith("/")]
    files = {n.partition("/course/src/")[2]: archive.read(n) for n in inside}
    lines = [f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files)]
    if hashlib.sha256("".join(lines).encode()).hexdigest() != "{{package:sha256}}":
        raise ImportError("this is not the package that the notebook was made with: open the newest one, or ask your instructor") from None
    for name in sorted(files, key=lambda n: n == "coursenn/notebook.py"):  # the one that is looked for comes last
        if not Path(name).exists():  # a file of yours is never overwritten
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(files[name])
    sys.modules.pop("coursenn", None)
    from coursenn.notebook import hint, start
    ### OR ELSE
    raise wrong_folder from None
    ### END FETCH
from coursenn.submit import restore_work, save_work  # before numpy, which then reads what the package says of threads

import matplotlib.pyplot as plt
import numpy as np

start("{{notebook:name}}")
