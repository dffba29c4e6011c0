"""How much of a hand-in is read. These numbers have no other home: `submit`, `merge`, `collect`, `check` and `grade` share them."""

MEGABYTE = 1_000_000

MAX_FILE_BYTES = {".py": MEGABYTE, ".ipynb": 25 * MEGABYTE, ".npz": 50 * MEGABYTE}
"""Of one file that is graded, by its ending."""
MAX_RAW_NOTEBOOK_BYTES = 200 * MEGABYTE
"""Of a notebook whose outputs are left out because it is over its limit."""

MAX_OTHER_FILES = 1_000
MAX_OTHER_FILE_BYTES = 50 * MEGABYTE
MAX_OTHER_BYTES = 100 * MEGABYTE
"""Of what is not graded and kept for people to read, all files together."""
MAX_NAME_BYTES = 255
"""Of one file or folder: what common file systems allow."""
MAX_NAME_DEPTH = 10

MAX_LOOKED_AT = 2_000_000
"""Files and folders of a folder on the disk."""
MAX_LISTED = 20_000
"""Those of them that cannot be graded and are remembered."""
MAX_ZIP_DIRECTORY_BYTES = 16 * MEGABYTE
"""Of the list of files in a zip: more than a hundred thousand ordinary names."""
MAX_TAR_MEMBERS = 200_000
MAX_TAR_BYTES = 2_000 * MEGABYTE
"""What is unpacked of a compressed tar while its members are listed, and again while they are read."""
MAX_TAR_HEADER_BYTES = 1 << 16
MAX_TAR_SECONDS = 120

MAX_INNER_ARCHIVES = 20
MAX_INNER_ARCHIVE_BYTES = 200 * MEGABYTE
MAX_INNER_BYTES = 400 * MEGABYTE
"""Of all archives inside a hand-in together."""
MAX_SNIFFED = 200
"""Other files whose first bytes are looked at, to say what they are."""

MAX_CLAIMS_READ = 8
"""Files that may claim one place before they are no longer compared."""
MAX_LISTED_REASONS = 50
"""Of refusals, and of notes."""


def megabytes(size: int) -> str:
    """A limit in words."""
    return f"{size // MEGABYTE} MB"
