"""Where files lie: a folder under the data folder, or a bucket that speaks S3. Sealed parts only, by path."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from assent.evidence.refusals import FilesAway
from assent.evidence.sealed_stream import PartBroken
from assent.settings import Settings

_UPLOAD_PIECE = 8 * 1024 * 1024  # S3 takes ten thousand pieces of one object


class FileStore:
    """Sealed parts by path: `case/file/number`.

    Attributes:
        folder: where they lie, if it is a folder.
        most: the largest file that is taken, in bytes.
        scanner: where clamd listens; None: there is no scanner.
    """

    def __init__(
        self,
        store: LocalStore | S3Store,
        folder: Path | None = None,
        *,
        most: int = 2 * 1024**3,
        scanner: str | None = None,
    ) -> None:
        self._store, self.folder, self.most, self.scanner = store, folder, most, scanner

    async def write(self, path: str, sealed: AsyncIterator[bytes]) -> None:
        """Write one part as it comes; if the stream breaks, nothing of it stays under that path.

        Raises:
            FilesAway: it could not be written. Whatever the stream raises passes through.
        """
        try:
            await obstore.put_async(
                self._store,
                path,
                sealed,
                use_multipart=True,
                chunk_size=_UPLOAD_PIECE,
                max_concurrency=2,
            )
            if self.folder is not None:
                await asyncio.to_thread(_make_durable, self.folder / path)
        except (BaseError, OSError) as error:
            raise FilesAway from error

    async def read(self, path: str, start: int, length: int) -> bytes:
        """Return a range of a part; shorter where the part is.

        Raises:
            PartBroken: there is no such part, or not as much of it.
            FilesAway: the store does not answer.
        """
        try:
            return bytes(
                await obstore.get_range_async(self._store, path, start=start, length=length)
            )
        except FileNotFoundError as error:
            raise PartBroken("a stored file is not there") from error
        except BaseError as error:
            if self.folder is not None:
                raise PartBroken("a stored file is not all there") from error
            raise FilesAway from error

    async def remove(self, prefix: str) -> int:
        """Remove every part below a path; returns how many there were.

        Raises:
            FilesAway: the store does not answer.
        """
        removed = 0
        try:
            async for batch in obstore.list(self._store, prefix=prefix):
                paths = [str(entry["path"]) for entry in batch]
                if paths:
                    await obstore.delete_async(self._store, paths)
                    removed += len(paths)
        except (BaseError, OSError) as error:
            raise FilesAway from error
        return removed


def part_path(case_id: UUID, file_id: UUID, number: int) -> str:
    """Return where one part of a file lies. Erasing a case removes everything below its id."""
    return f"{case_id}/{file_id}/{number}"


def file_store(settings: Settings) -> FileStore:
    """Open the store the settings name; the folder is made at the first call, for its owner alone."""
    limits: dict[str, Any] = {"most": settings.files_most_bytes, "scanner": settings.clamav}
    if settings.files_bucket is None:
        folder = settings.data / "files"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileStore(LocalStore(prefix=folder, automatic_cleanup=True), folder, **limits)
    given: dict[str, Any] = {"region": settings.files_region}
    if settings.files_endpoint is not None:
        given |= {"endpoint": settings.files_endpoint, "virtual_hosted_style_request": False}
    if settings.files_key_id is not None and settings.files_key is not None:
        given |= {
            "access_key_id": settings.files_key_id.get_secret_value(),
            "secret_access_key": settings.files_key.get_secret_value(),
        }
    plain = (settings.files_endpoint or "").startswith("http://")
    options: Any = {"allow_http": True} if plain else {}
    return FileStore(S3Store(settings.files_bucket, client_options=options, **given), **limits)


def _make_durable(path: Path) -> None:
    """A record may follow that names this file: it has to survive the power cut that the record survives."""
    for place, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
        handle = os.open(place, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


_current: FileStore | None = None


def set_current(store: FileStore) -> None:
    """Make this the process's store; done once, at start."""
    global _current
    _current = store


def current() -> FileStore:
    """Return the process's store.

    Raises:
        RuntimeError: before `set_current`.
    """
    if _current is None:
        raise RuntimeError("the file store has not been opened")
    return _current
