"""Files as requests bring them: a form with a file, or the bare bytes of a piece."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import ClientDisconnect, Request

from assent.database.ids import new_id
from assent.evidence.files import Examined, Kept, examine, file_name, forget_kept, keep_part
from assent.evidence.multipart import FormWithFile
from assent.evidence.refusals import CutOff, FileMissing, FileTooLarge, too_large
from assent.evidence.service import Details, Recorded
from assent.evidence.uploads import (
    Sender,
    abandon_upload,
    begin_upload,
    finish_upload,
    send_whole,
)
from assent.ledger.store import case_data_key
from assent.refusal import N_, Invalid, Refusal


async def receive_form(sender: Sender, case_id: UUID, request: Request) -> Recorded:
    """Take a form with a file in it, and record the file as evidence.

    Fields that come before the file are checked before it is read; programs may send them after it.

    Raises:
        Refusal: whatever the form, its file or the store is refused for. Nothing of it stays then.
    """
    form = FormWithFile(request)
    await form.open()
    announced = {"title", "tier"} <= set(form.fields)
    async with sender.database.session(sender.caller.person_id) as session:
        upload = await begin_upload(
            session,
            sender.caller,
            case_id,
            details_of(form.fields) if announced else Details(form.file_name, "single_source"),
            name=form.file_name,
            size=None,
        )
    await send_whole(sender, upload, form.file())
    try:
        return await finish_upload(sender, upload.id, details_of(form.fields))
    except Refusal as refusal:
        if refusal.status != 404:  # the form is sent again as a whole
            await _forget(sender, upload.id)
        raise


async def _forget(sender: Sender, upload_id: UUID) -> None:
    try:
        await abandon_upload(sender, upload_id)
    except Refusal:
        return  # it has gone already


def details_of(fields: dict[str, str]) -> Details:
    """Read what a form says about its file. What does not fit is refused by the service.

    Raises:
        Invalid: what it was made of is no id.
    """
    origin = fields.get("derived_from", "").strip()
    try:
        derived_from = UUID(origin) if origin else None
    except ValueError:
        raise Invalid(N_("There is no such evidence in this case."), field="derived_from") from None
    return Details(
        fields.get("title", ""),
        fields.get("tier", ""),
        fields.get("visibility") or None,
        derived_from,
        fields.get("derivation") or None,
    )


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """Give out a body as it comes.

    Raises:
        CutOff: the connection ended before it did.
    """
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect:
        raise CutOff(field="file") from None


@dataclass(frozen=True)
class ArrivedForm:
    """A form of which a file may be a part.

    Attributes:
        file: kept and read back, not recorded yet; None where none was chosen.
    """

    fields: dict[str, str]
    file: Examined | None


@asynccontextmanager
async def arrived_form(
    sender: Sender, case_id: UUID, request: Request, most: int
) -> AsyncIterator[ArrivedForm]:
    """Take a form whose file belongs to something else; who uses this records it within the block.

    Args:
        most: at most so many bytes.

    Raises:
        Refusal: whatever form, file or store is refused for. Nothing of it stays then, nor where the block raises.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        typed = await request.form()
        yield ArrivedForm(
            {key: value for key, value in typed.items() if isinstance(value, str)}, None
        )
        return
    form = FormWithFile(request)
    try:
        await form.open()
    except FileMissing:
        yield ArrivedForm(form.fields, None)
        return
    async with sender.database.session(sender.caller.person_id) as session:
        key = await case_data_key(session, case_id)
    file_id = new_id()
    try:
        size = await keep_part(key, case_id, file_id, 0, form.file(), most)
        kept = Kept(case_id, file_id, (size,))
        examined = await examine(key, kept, file_name(form.file_name))
        yield ArrivedForm(form.fields, examined)
    except FileTooLarge as error:
        await forget_kept(Kept(case_id, file_id, ()))
        raise too_large(most) from error
    except BaseException:
        await forget_kept(Kept(case_id, file_id, ()))
        raise
