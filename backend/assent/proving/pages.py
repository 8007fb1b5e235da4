"""The record of a case, what proves each line of it, and receipts: as pages, files and printed sheets."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Form, Query, Request
from segno.encoder import DataOverflowError
from sqlalchemy import select
from starlette.responses import PlainTextResponse, Response

from assent.access import Permission
from assent.ledger.notes import encode
from assent.ledger.receipts import Receipt, bare, seal
from assent.ledger.store import read_opening
from assent.ledger.store_models import LedgerWitness
from assent.ledger.tree import LARGEST_SIZE
from assent.people.models import OrganisationRole
from assent.proving import witness_list
from assent.proving.checkpoints import SignedHead, latest_head, log_keys
from assent.proving.queries import latest_records, titles_of
from assent.proving.receipts import FILE_NAME, receipt_of, receipt_of_entry
from assent.proving.refusals import PassphraseTooShort
from assent.proving.words import EVENTS, event_words
from assent.refusal import NotFound, Refusal
from assent.web import labels
from assent.web.language import language_of, translate_refusal
from assent.web.render import render
from assent.web.requirements import names_for
from assent.web.requires import CaseVisit, Id, NotAdministrator, SignedIn, in_case, require_id
from assent.web.votes import kept_from

router = APIRouter(include_in_schema=False)
Record = Annotated[CaseVisit, in_case(Permission.LEDGER_READ)]
Place = Annotated[int | None, Query(ge=0, le=LARGEST_SIZE)]
Kind = str
_SHORTEST_PASSPHRASE = 8


@router.get("/cases/{case}/record")
async def record_page(
    request: Request, visit: Record, before: Place = None, event: str = ""
) -> Response:
    """Who decided what, and when."""
    wanted = event if event in EVENTS else None
    records, further = await latest_records(
        visit.session,
        visit.case.id,
        before=before,
        event=wanted,
        kept=await kept_from(visit.session, visit.standing),
    )
    actors = {UUID(r.record["actor"]["person"]) for r in records if "actor" in r.record}
    names = await names_for(visit.session, visit.standing, actors)
    head = await latest_head(visit.session)
    lines = [
        {
            "index": r.index,
            "at": r.at,
            "words": event_words(r.record["event"]),
            "decision": labels.DECISIONS.get(r.record["body"].get("decision", "")),
            "who": names.of(r.record["actor"]["person"]) if "actor" in r.record else None,
            "action_id": r.action_id,
            "signed": head is not None and r.index < head.size,
        }
        for r in records
    ]
    context = {
        "case": visit.case,
        "lines": lines,
        "titles": await titles_of(visit.session, {r.action_id for r in records if r.action_id}),
        "events": EVENTS,
        "event": wanted or "",
        "further": further,
        "head": head,
    }
    return render(request, "proving/record.html", context)


@router.get("/cases/{case}/record/{index}")
async def proof_page(request: Request, visit: Record, index: int) -> Response:
    """What proves one line of the record."""
    receipt, head = await _proof(visit, index)
    here = f"/cases/{visit.case.slug}/record"
    return _drawn(request, receipt, head, f"{here}/{index}/{FILE_NAME}", (here, visit.case.title))


@router.get(f"/cases/{{case}}/record/{{index}}/{FILE_NAME}")
async def proof_file(visit: Record, index: int) -> Response:
    """The same as a file, open."""
    receipt, _ = await _proof(visit, index)
    return _file(receipt)


@router.post(f"/cases/{{case}}/record/{{index}}/{FILE_NAME}")
async def sealed_proof_file(
    request: Request, visit: Record, index: int, passphrase: Annotated[str, Form()] = ""
) -> Response:
    """The same as a file that a passphrase opens."""
    receipt, head = await _proof(visit, index)
    here = f"/cases/{visit.case.slug}/record"
    where = (f"{here}/{index}/{FILE_NAME}", (here, visit.case.title))
    return await _sealed(request, receipt, head, *where, passphrase)


@router.get("/receipts/{kind}/{record}")
async def receipt_page(request: Request, visit: SignedIn, kind: Kind, record: Id) -> Response:
    """The receipt of a decision, as a page and a sheet to print."""
    base_url = request.app.state.settings.base_url
    receipt, head = await receipt_of(visit.session, kind, require_id(record), base_url)
    return _drawn(request, receipt, head, f"/receipts/{kind}/{record}/{FILE_NAME}", None)


@router.get(f"/receipts/{{kind}}/{{record}}/{FILE_NAME}")
async def receipt_file(
    request: Request, visit: SignedIn, kind: Kind, record: Id, form: str = "opened"
) -> Response:
    """The receipt as a file: open, or bare."""
    base_url = request.app.state.settings.base_url
    receipt, _ = await receipt_of(visit.session, kind, require_id(record), base_url)
    return _file(bare(receipt) if form == "bare" else receipt)


@router.post(f"/receipts/{{kind}}/{{record}}/{FILE_NAME}")
async def sealed_receipt_file(
    request: Request,
    visit: SignedIn,
    kind: Kind,
    record: Id,
    passphrase: Annotated[str, Form()] = "",
) -> Response:
    """The receipt as a file that a passphrase opens."""
    base_url = request.app.state.settings.base_url
    receipt, head = await receipt_of(visit.session, kind, require_id(record), base_url)
    address = f"/receipts/{kind}/{record}/{FILE_NAME}"
    return await _sealed(request, receipt, head, address, None, passphrase)


@router.get("/witnesses")
async def witnesses_page(request: Request, visit: SignedIn) -> Response:
    """Which witness is how far behind: for administrators of organisations."""
    mine = select(OrganisationRole).where(OrganisationRole.person_id == visit.caller.person_id)
    if (await visit.session.scalars(mine.limit(1))).one_or_none() is None:
        raise NotAdministrator
    listed = witness_list.current()
    known = {row.name: row for row in await visit.session.scalars(select(LedgerWitness))}
    head = await latest_head(visit.session)
    context = {
        "head": head,
        "needed": listed.needed,
        "witnesses": [
            {
                "name": w.key.name,
                "fingerprint": w.key.fingerprint,
                "seen": known.get(w.key.name),
                "behind": (head.size if head else 0)
                - (known[w.key.name].size if w.key.name in known else 0),
            }
            for w in listed.witnesses
        ],
        "keys": await log_keys(visit.session),
    }
    return render(request, "proving/witnesses.html", context)


async def _proof(visit: CaseVisit, index: int) -> tuple[Receipt, SignedHead]:
    """Return what proves a line that the reader may see: of an action they see, and no vote that is kept from them."""
    place = _place(index)
    opening = await read_opening(visit.session, visit.case.id, place)
    kept = await kept_from(visit.session, visit.standing)
    if opening is None or kept(opening[1]):
        raise NotFound
    return await receipt_of_entry(visit.session, visit.case.id, place)


def _drawn(
    request: Request,
    receipt: Receipt,
    head: SignedHead,
    file: str,
    back: tuple[str, str] | None,
    *,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    trusted = {w.key.name for w in witness_list.current().witnesses}
    context = {
        "index": receipt.proof.index,
        "head": head,
        "root": encode(head.root),
        "entry": receipt.entry[-32:].hex(),
        "cosigned": [name for name in head.witnesses if name in trusted],
        "needed": receipt.needed,
        "said": receipt.opening.record if receipt.opening else {},
        "words": event_words(str(receipt.opening.record["event"])) if receipt.opening else "",
        "file": file,
        "back": back,
        "codes": _codes(receipt),
        "errors": errors or [],
    }
    return render(request, "proving/receipt.html", context, status=status)


def _codes(receipt: Receipt) -> list[str]:
    """The bare receipt as QR codes: whoever reads them learns nothing, and can check that it stands."""
    text = str(bare(receipt)).encode()
    try:
        return [segno.make(text, error="l", micro=False).svg_data_uri(scale=3, border=4)]
    except DataOverflowError:
        codes = segno.make_sequence(text, error="l", version=30)
        return [code.svg_data_uri(scale=3, border=4) for code in codes]


def _file(receipt: Receipt) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
    return PlainTextResponse(str(receipt), headers=headers)


async def _sealed(
    request: Request,
    receipt: Receipt,
    head: SignedHead,
    file: str,
    back: tuple[str, str] | None,
    passphrase: str,
) -> Response:
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        refusal: Refusal = PassphraseTooShort(field="passphrase")
        errors = [("passphrase", translate_refusal(refusal, language_of(request)))]
        return _drawn(request, receipt, head, file, back, errors=errors, status=refusal.status)
    return _file(await asyncio.to_thread(seal, receipt, passphrase))


def _place(index: int) -> int:
    return min(max(index, 0), LARGEST_SIZE)
