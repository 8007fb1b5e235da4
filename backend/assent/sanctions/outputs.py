"""What goes out of a dossier: the consented text as a document, and its exhibits with a manifest of digests."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.models import Revision
from assent.actions.queries import latest_revision
from assent.documents.blocks import Annex, Document
from assent.documents.markdown import blocks_of
from assent.evidence.files import find_file, open_file
from assent.language import translator
from assent.refusal import N_, NotFound, Refusal
from assent.sanctions.words import DOSSIER

_SUFFIXES = {
    "application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "text/plain": ".txt",
    "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4", "audio/mpeg": ".mp3",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}  # fmt: skip
_EPOCH = (1980, 1, 1, 0, 0, 0)


class ExhibitChanged(Refusal):
    """An exhibit's file is not the one that was agreed to, or is not there."""

    type = "exhibit-changed"
    status = 409
    title = N_("An exhibit is not there as it was agreed to.")
    advice = N_("Look at it in the case's evidence, and put the dossier forward again.")


def document_of(canonical: bytes, language: str) -> Document:
    """Return a dossier's document: made of the revision's canonical content and of nothing else.

    Raises:
        NotFound: the text has no such language.
    """
    content = json.loads(canonical)
    text = content["languages"].get(language)
    if text is None:
        raise NotFound
    say, _ = translator(language)
    annexes = tuple(
        Annex(
            f"{say(DOSSIER['exhibit'])} {attached.get('exhibit', number)}: {attached.get('title', '')}",
            say(N_("Confidential") if attached.get("confidential", True) else N_("Public")),
            attached["sha256"],
        )
        for number, attached in enumerate(content.get("attachments", []), 1)
    )
    form = content.get("form", {})
    head = str(form.get("heads", {}).get(language) or form.get("head", "Confidential"))
    return Document(
        title=text["title"],
        language=language,
        blocks=blocks_of(text["body"]),
        head=head,
        annexes=annexes,
        dated=datetime(2000, 1, 1, tzinfo=UTC),
    )


async def latest_text(session: AsyncSession, action_id: UUID) -> Revision:
    """Return the latest revision of a dossier.

    Raises:
        NotFound: it was not put forward yet, or was erased.
    """
    revision = await latest_revision(session, action_id)
    if revision is None or revision.canonical is None:
        raise NotFound
    return revision


async def exhibits_zip(session: AsyncSession, revision: Revision, folder: Path) -> Path:
    """Write the exhibits a revision names into a ZIP with a manifest; whoever calls it removes the file.

    Each file's digest is computed again while it is written: what is not what was agreed to is in no ZIP.

    Raises:
        ExhibitChanged: naming the exhibit.
    """
    content: dict[str, Any] = dict(revision.content or {})
    os.makedirs(folder, exist_ok=True)
    manifest: list[dict[str, Any]] = []
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".zip", delete=False) as written:
        path = Path(written.name)
        try:
            with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                for number, attached in enumerate(content.get("attachments", []), 1):
                    manifest.append(await _keep(session, revision, archive, number, attached))
                listed = {"content_digest": revision.digest, "exhibits": manifest}
                _write(archive, "manifest.json", json.dumps(listed, indent=2, ensure_ascii=False))
                sums = "".join(f"{entry['sha256']}  {entry['file']}\n" for entry in manifest)
                _write(archive, "SHA256SUMS", sums)
        except BaseException:
            os.unlink(path)
            raise
    return path


async def _keep(
    session: AsyncSession,
    revision: Revision,
    archive: zipfile.ZipFile,
    number: int,
    attached: dict[str, Any],
) -> dict[str, Any]:
    file = await find_file(session, revision.case_id, attached["sha256"])
    if file is None:
        raise ExhibitChanged("{title}", title=attached.get("title", number))
    exhibit = int(attached.get("exhibit", number))
    name = f"exhibit-{exhibit:03}{_SUFFIXES.get(file.media_type, '.bin')}"
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name, _EPOCH)
    into: IO[bytes]
    with archive.open(entry, "w", force_zip64=True) as into:
        async for piece in await open_file(session, file):
            digest.update(piece)
            size += len(piece)
            into.write(piece)
    if digest.hexdigest() != attached["sha256"]:
        raise ExhibitChanged("{title}", title=attached.get("title", number))
    return {
        "exhibit": exhibit,
        "title": attached.get("title", ""),
        "file": name,
        "size": size,
        "media_type": file.media_type,
        "confidential": bool(attached.get("confidential", True)),
        "sha256": attached["sha256"],
    }


def _write(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), text)
