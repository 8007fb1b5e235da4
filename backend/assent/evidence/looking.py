"""What a file is, by its bytes: its name and its sender only claim. Nothing here unpacks anything.

Files are never refused for being odd, as evidence often is; they are kept as what they are, with remarks that people
read before they open them, and are only ever given out as downloads, never shown as pages.
"""

from __future__ import annotations

import io
import mimetypes
import zipfile
from dataclasses import dataclass

import filetype

HEAD_BYTES = 64 * 1024
TAIL_BYTES = 64 * 1024
WHOLE_BYTES = 32 * 1024 * 1024
# DEFLATE packs at most about a thousand to one: what is larger than WHOLE_BYTES packed is no small trap.
_SUSPICIOUS_RATIO = 100
_SUSPICIOUS_BYTES = 1024 * 1024 * 1024
_UNKNOWN = "application/octet-stream"
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")
_ZIP_END = b"PK\x05\x06"
_ZIPS = ("application/zip", "application/vnd.", "application/epub", "application/java")
_MARKUP = (b"<html", b"<!doctype html", b"<script", b"<svg")


@dataclass(frozen=True)
class Look:
    """What was found.

    Attributes:
        media_type: of the bytes.
        remarks: `not_as_named`, `two_in_one`, `program`, `markup`, `packed_trap`: see `REMARKS` on pages.
    """

    media_type: str
    remarks: tuple[str, ...]


def look_at(name: str, head: bytes, tail: bytes, whole: bytes | None) -> Look:
    """Say what a file is.

    Args:
        head: its first bytes, up to HEAD_BYTES.
        tail: its last bytes, up to TAIL_BYTES.
        whole: all of it, where it has at most WHOLE_BYTES.
    """
    media_type = _sniffed(head)
    found = {
        "not_as_named": _named_otherwise(name, media_type),
        "program": head.startswith(_PROGRAMS),
        "markup": any(word in head[:4096].lower() for word in _MARKUP),
        "two_in_one": _ZIP_END in tail and not _is_zip(media_type),
        "packed_trap": whole is not None and _ZIP_END in tail and _is_trap(whole),
    }
    return Look(media_type, tuple(remark for remark, holds in found.items() if holds))


def _sniffed(head: bytes) -> str:
    guess = filetype.guess(head)
    if guess is not None:
        return str(guess.mime).lower()
    text = head
    for cut in range(4):  # the head may end within a character
        try:
            plain = text[: len(text) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return _UNKNOWN if "\0" in plain else "text/plain"
    return _UNKNOWN


def _is_zip(media_type: str) -> bool:
    return media_type.startswith(_ZIPS)


def _named_otherwise(name: str, media_type: str) -> bool:
    """Whether the name claims another kind of thing; unknown endings claim nothing."""
    claimed, _ = mimetypes.guess_type(name)
    if claimed is None or claimed == media_type:
        return False
    if media_type == "text/plain":
        return not claimed.startswith(("text/", "application/json", "application/xml", "message/"))
    same_family = claimed.partition("/")[0] == media_type.partition("/")[0]
    if claimed.startswith(("image/", "audio/", "video/")):
        return not (same_family or {claimed[:6], media_type[:6]} == {"audio/", "video/"})
    packed = claimed.startswith("application/") and _is_zip(media_type)
    return not packed and not (media_type == _UNKNOWN and claimed.startswith("application/"))


def _is_trap(whole: bytes) -> bool:
    """Whether an archive would unpack to far more than it looks like. Only its table of contents is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    return unpacked > _SUSPICIOUS_BYTES or unpacked > _SUSPICIOUS_RATIO * max(len(whole), 1024)
