"""Folders that data sets are written to, and files that inputs are read from: local, or wherever fsspec reaches.

A place with `://` in it, such as `s3://bucket/traces`, is fsspec's; any other is a path. Files are there whole or not
at all, also after the process was killed in the middle.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import CannotRead, FolderInUse, WriteFailed
from altac.system.extras import require
from altac.system.files import make_folder, open_regular, reason_of, whole_file

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

UNFINISHED = re.compile(r"\.(part-|_)\w+(\.\w+)+")  # names that `whole_file` gives to files of a data set
MOST_IN_MEMORY = 1 << 24  # bytes of a file on its way to a remote place; more than that waits on the disk


class Store(Protocol):
    """A folder. Names are relative to it, with `/` between parts; local ones that begin with a dot are not seen."""

    def alone(self) -> Any:
        """A context manager: while it lasts, no other process is in it. Remote folders cannot promise that.

        Raises:
            AltacError: if another process is, or the folder cannot be made.
        """
        ...

    def names(self) -> list[str]:
        """The files in the folder, those of its folders too; none if it does not exist."""
        ...

    def read(self, name: str) -> bytes: ...

    def write(self, name: str) -> Any:
        """A context manager with a file to write to, which is there when the block ends without an exception.

        Raises:
            AltacError: if the place cannot be written.
        """
        ...

    def remove(self, name: str) -> None: ...

    def sweep(self) -> None:
        """Remove what a process that was killed had not finished."""
        ...


def open_store(place: str) -> Store:
    """The folder at a path or URL; nothing is made before something is written."""
    return RemoteStore(place.rstrip("/")) if is_remote(place) else LocalStore(place)


def is_remote(place: str) -> bool:
    return "://" in place


@contextmanager
def open_input(place: str) -> Iterator[IO[bytes]]:
    """A file to read, at a path or URL.

    Raises:
        AltacError: if it cannot be opened.
    """
    if is_remote(place):
        with foreign(place):
            opened: IO[bytes] = require("fsspec", "cluster").open(place, "rb").open()
    else:
        try:
            opened = open_regular(Path(place))
        except OSError as error:
            raise AltacError([CannotRead(None, place, (error.strerror or str(error)).lower())]) from None
    with opened as file:
        yield file


@contextmanager
def foreign(place: str, writing: bool = False) -> Iterator[None]:
    """Whatever goes wrong in a foreign file system, which has errors of its own, is a diagnostic about the place."""
    try:
        yield
    except AltacError:
        raise
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        failed = WriteFailed(None, place, text) if writing else CannotRead(None, place, text)
        raise AltacError([failed]) from None


@dataclass(frozen=True)
class LocalStore:
    place: str

    @contextmanager
    def alone(self) -> Iterator[None]:
        try:
            make_folder(Path(os.path.realpath(self.place)))  # a link may lead to where no folder is yet
            folder = None if fcntl is None else os.open(self.place, os.O_RDONLY)
        except OSError as error:
            raise AltacError([WriteFailed(None, self.place, reason_of(error))]) from None
        if folder is None:
            yield
            return
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lifts it when this process ends
        except BlockingIOError:
            os.close(folder)
            raise AltacError([FolderInUse(None, self.place)]) from None
        except OSError:
            pass  # some file systems of networks have no locks
        try:
            yield
        finally:
            os.close(folder)

    def names(self) -> list[str]:
        folder = Path(self.place)
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in paths if not path.name.startswith("."))

    def read(self, name: str) -> bytes:
        return (Path(self.place) / name).read_bytes()

    def write(self, name: str) -> Any:
        return whole_file(Path(self.place) / name)

    def remove(self, name: str) -> None:
        path = Path(self.place) / name
        path.unlink(missing_ok=True)
        if path.parent != Path(self.place) and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def sweep(self) -> None:
        for path in Path(self.place).rglob(".*"):
            if UNFINISHED.fullmatch(path.name):
                path.unlink(missing_ok=True)


def put(file: IO[bytes], system: Any, path: str) -> None:
    file.seek(0)
    with system.open(path, "wb") as target:
        shutil.copyfileobj(file, target)


def make_parents(system: Any, path: str) -> None:
    """The folders that a file is in, where a file system has folders; never the first, which may be a bucket."""
    parent = path.rpartition("/")[0]
    if "/" in parent.strip("/") and not system.isdir(parent):
        make_parents(system, parent)
        with suppress(FileExistsError):  # another process was faster
            system.mkdir(parent, create_parents=False)


@dataclass(frozen=True)
class RemoteStore:
    """Files are put when they are complete: object stores show them from then on, and only then.

    File systems with real folders are not so strict: a process killed while it puts a file leaves half of it.
    """

    place: str

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield

    def _system(self) -> tuple[Any, str]:
        system, path = require("fsspec.core", "cluster").url_to_fs(self.place)
        return system, path

    def names(self) -> list[str]:
        with foreign(self.place, writing=True):
            system, path = self._system()
            system.invalidate_cache()
            found = system.find(path) if system.exists(path) else []
            return sorted(name.removeprefix(path).lstrip("/") for name in found)

    def read(self, name: str) -> bytes:
        with foreign(f"{self.place}/{name}"):
            system, path = self._system()
            data: bytes = system.cat_file(f"{path}/{name}")
            return data

    @contextmanager
    def write(self, name: str) -> Iterator[IO[bytes]]:
        with tempfile.SpooledTemporaryFile(MOST_IN_MEMORY) as file:
            yield file
            with foreign(f"{self.place}/{name}", writing=True):
                system, path = self._system()
                try:
                    put(file, system, f"{path}/{name}")
                except FileNotFoundError:
                    make_parents(system, f"{path}/{name}")
                    put(file, system, f"{path}/{name}")

    def remove(self, name: str) -> None:
        with foreign(f"{self.place}/{name}", writing=True):
            system, path = self._system()
            system.rm_file(f"{path}/{name}")

    def sweep(self) -> None:
        pass  # what was not finished was never there
