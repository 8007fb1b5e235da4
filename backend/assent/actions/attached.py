"""What a text attaches is kept here: nobody clears, agrees to or publishes a digest behind which there is no file."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.refusals import AttachmentNotKept, PictureNotStripped
from assent.evidence.models import Evidence, StoredFile
from assent.gate.content import Content
from assent.refusal import N_

PHOTOGRAPH = "photograph"


async def require_attachments_kept(session: AsyncSession, case_id: UUID, content: Content) -> None:
    """Check that every attachment is a file of the case that the writer may see, and a public picture bare.

    Raises:
        AttachmentNotKept: naming the first that is none.
        PictureNotStripped: a picture that becomes public still carries what cannot be seen on it.
    """
    digests = [str(attached["sha256"]) for attached in content.attachments]
    if not digests:
        return
    stored = select(StoredFile.sha256).where(
        StoredFile.case_id == case_id, StoredFile.sha256.in_(digests)
    )
    kept = set(await session.scalars(stored))
    bare = set(
        await session.scalars(
            stored.join(Evidence, Evidence.file_id == StoredFile.id).where(
                Evidence.derivation == "stripped"
            )
        )
    )
    for number, attached in enumerate(content.attachments):
        digest, field = str(attached["sha256"]), f"attachments[{number}].sha256"
        name = str(attached.get("title") or digest[:12])
        if digest not in kept:
            raise AttachmentNotKept(N_("It is about: {name}."), field=field, name=name)
        public = isinstance(content.audience, str)
        if public and attached.get("kind") == PHOTOGRAPH and digest not in bare:
            raise PictureNotStripped(N_("It is about: {name}."), field=field, name=name)
