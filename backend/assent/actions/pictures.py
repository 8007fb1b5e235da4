"""The pictures of a statement: offered to its writers, and given out to whoever may read it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.kinds.public_statement import public_pictures
from assent.database.session import acting_as_job
from assent.evidence.files import read_whole
from assent.evidence.models import Evidence, StoredFile
from assent.evidence.pictures import MOST_BYTES, is_picture
from assent.evidence.refusals import FileDamaged
from assent.refusal import NotFound


async def pictures_offered(session: AsyncSession, case_id: UUID) -> list[tuple[str, str]]:
    """Return digest and title of each picture of the case that may become public, as the reader sees them."""
    query = (
        select(StoredFile.sha256, Evidence.title)
        .join(Evidence, Evidence.file_id == StoredFile.id)
        .where(Evidence.case_id == case_id, Evidence.derivation == "stripped")
        .order_by(Evidence.ledger_index)
    )
    return list(dict.fromkeys((row[0], row[1]) for row in await session.execute(query)))


async def picture_file(
    session: AsyncSession, case_id: UUID, content: Mapping[str, Any], sha256: str
) -> tuple[bytes, str]:
    """Return one picture of a text that the reader may read, and its media type.

    Its bytes are what the digest in the text says, whatever label the file bears: it goes where the text goes.

    Raises:
        NotFound: the text has no such picture.
        FileTooLarge, FileDamaged, FilesAway
    """
    if sha256 not in {picture.sha256 for picture in public_pictures(content)}:
        raise NotFound
    async with acting_as_job(session):
        query = (
            select(StoredFile)
            .join(Evidence, Evidence.file_id == StoredFile.id)
            .where(
                StoredFile.case_id == case_id,
                StoredFile.sha256 == sha256,
                Evidence.derivation == "stripped",
            )
            .limit(1)
        )
        file = (await session.scalars(query)).one_or_none()
        if file is None or not is_picture(file.media_type):
            raise NotFound
        data = await read_whole(session, file, MOST_BYTES)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise FileDamaged
    return data, file.media_type


async def picture_files(
    session: AsyncSession, case_id: UUID, content: Mapping[str, Any]
) -> Sequence[tuple[bytes, str, str]]:
    """Return every picture of a text with what can be seen on it and whose it is, for documents."""
    return [
        ((await picture_file(session, case_id, content, one.sha256))[0], one.alt, one.rights)
        for one in public_pictures(content)
    ]
