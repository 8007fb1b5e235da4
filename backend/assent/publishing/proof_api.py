"""The API: what proves that a text reached its recipient."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from assent.evidence.api import FILE_ANSWER, KEEPING, one_file
from assent.evidence.downloads import file_as_download
from assent.evidence.models import StoredFile
from assent.evidence.multipart import FormWithFile
from assent.evidence.refusals import FileDamaged, FileMissing, FilesAway, NotMultipart
from assent.publishing.models import Delivery
from assent.publishing.proofs import attach_proof, proof_file, proofs_of, require_provable
from assent.publishing.refusals import NotDelivered
from assent.refusal import Forbidden, NotFound
from assent.web.api import Items, Moment, api_router, problems
from assent.web.brief_visits import ApiCallerBriefly
from assent.web.requires import ApiCaller, Id, require_id

router: APIRouter = api_router("Proof of delivery")


class ProofOut(BaseModel):
    """A file that proves a delivery."""

    id: UUID
    sha256: str
    name: str
    size: int
    media_type: str
    stored_at: Moment


@router.get("/deliveries/{delivery}/proofs", responses=problems(NotFound))
async def proofs(visit: ApiCaller, delivery: Id) -> Items[ProofOut]:
    """What proves that a text reached this recipient."""
    key = require_id(delivery)
    if await visit.session.get(Delivery, key) is None:
        raise NotFound
    found = await proofs_of(visit.session, [key])
    return Items(items=[_out(file) for file in found.get(key, [])], next=None)


@router.post(
    "/deliveries/{delivery}/proofs",
    status_code=201,
    responses=problems(NotFound, Forbidden, NotDelivered, *KEEPING, FileMissing, NotMultipart),
    openapi_extra=one_file(),
)
async def attach(request: Request, visit: ApiCallerBriefly, delivery: Id) -> ProofOut:
    """Keep a file as the proof of a delivery: a stamped copy, a receipt, a photograph of the letter."""
    key = require_id(delivery)
    await require_provable(visit.database, visit.caller, key)
    form = FormWithFile(request)
    await form.open()
    made = await attach_proof(visit.database, visit.caller, key, form.file(), form.file_name)
    return _out(made)


@router.get(
    "/deliveries/{delivery}/proofs/{sha256}",
    responses={**problems(NotFound, FileDamaged, FilesAway), **FILE_ANSWER},
)
async def fetch(visit: ApiCaller, delivery: Id, sha256: str) -> StreamingResponse:
    """One of these files."""
    return await file_as_download(
        visit.session, await proof_file(visit.session, require_id(delivery), sha256)
    )


def _out(file: StoredFile) -> ProofOut:
    return ProofOut(
        id=file.id,
        sha256=file.sha256,
        name=file.name,
        size=file.size,
        media_type=file.media_type,
        stored_at=file.stored_at,
    )
