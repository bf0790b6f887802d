"""Files are read within bounds, and written whole or not at all. Knows nothing of what is in them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, BinaryIO

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import WriteFailed


def open_regular(path: Path) -> BinaryIO:
    """A file opened for reading; never a device or a pipe, which might have no end.

    Raises:
        OSError: if it is not a regular file, or cannot be read.
    """
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - `Path.open` takes no opener
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode):
        file.close()
        raise OSError(22, "it is not a regular file")
    return file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe without a writer would wait for one


def write_whole(path: Path, data: bytes, option: str | None = "-o") -> None:
    """Write a file so that at every moment either the old content or the new one is there.

    Args:
        option: names the place; None for a file that is rewritten where it is.

    Raises:
        AltacError: if the place cannot be written.
    """
    with whole_file(path, option) as file:
        file.write(data)


class _WouldWork(Exception):
    pass


def refuse_unwritable(path: Path, option: str | None = "-o") -> None:
    """Make sure, before something that takes long, that a file can be written; it is left as it is.

    Raises:
        AltacError: if the place cannot be written.
    """
    with suppress(_WouldWork), whole_file(path, option):
        raise _WouldWork


def reason_of(error: OSError) -> str:
    """What the system says, as the end of a sentence."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def make_folder(path: Path) -> None:
    """A folder, and those that it is in.

    Raises:
        OSError: if it cannot be made, as where a file stands in its place.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        present = next(place for place in (path, *path.parents) if os.path.lexists(place) and not place.is_dir())
        raise OSError(20, f"`{present}` is not a folder") from None


def write_together(folder: Path, files: Mapping[str, bytes], option: str | None = "-o") -> None:
    """Write files so that none is written if one cannot be; the first takes its place last.

    Raises:
        AltacError: if a place cannot be written.
    """
    with ExitStack() as stack:
        for name, data in files.items():
            stack.enter_context(whole_file(folder / name, option)).write(data)


@contextmanager
def whole_file(path: Path, option: str | None = "-o") -> Iterator[IO[bytes]]:
    """A file to write to that takes its place when the block ends, and leaves nothing if the block raises.

    Until then it stands in the same folder under a name that begins with a dot and the file's own name.

    Raises:
        AltacError: if the place cannot be written.
    """
    given, path = path, Path(os.path.realpath(path))  # what a link points to is written, the link stays
    # the name is known before the file is there, so that an interrupt at any moment finds it
    temporary = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        if path.is_symlink():  # it leads back to itself
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        make_folder(path.parent)
        old = path.stat().st_mode if path.exists() else None
        if old is not None and not stat.S_ISREG(old):
            raise OSError(22, "it is a directory" if stat.S_ISDIR(old) else "it is not a regular file")
        mode = 0o666 if old is None else old & 0o777
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        raise AltacError([WriteFailed(None, str(given), reason_of(error), option)]) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
