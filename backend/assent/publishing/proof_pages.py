"""Attaching the proof of a handover, and fetching it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from assent.evidence.downloads import file_as_download
from assent.evidence.multipart import FormWithFile
from assent.publishing.proofs import attach_proof, proof_file, require_provable
from assent.web.brief_visits import SignedInBriefly
from assent.web.requires import SignedIn, require_id

router = APIRouter(include_in_schema=False)


@router.post("/deliveries/{delivery}/proofs")
async def attach(
    request: Request, visit: SignedInBriefly, delivery: str, action: str = ""
) -> Response:
    """Keep a file as the proof of a delivery, and go back to its action."""
    back, key = require_id(action), require_id(delivery)
    await require_provable(visit.database, visit.caller, key)
    form = FormWithFile(request)
    await form.open()
    await attach_proof(visit.database, visit.caller, key, form.file(), form.file_name)
    return RedirectResponse(f"/actions/{back}", 303)


@router.get("/deliveries/{delivery}/proofs/{sha256}")
async def fetch(visit: SignedIn, delivery: str, sha256: str) -> Response:
    """The file, as a download."""
    file = await proof_file(visit.session, require_id(delivery), sha256)
    return await file_as_download(visit.session, file)
