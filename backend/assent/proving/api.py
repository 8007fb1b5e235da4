"""The API: the log's signed head, and the proof that an entry is in it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from assent.ledger.notes import LogKey, encode
from assent.ledger.receipts import bare
from assent.ledger.store_models import LedgerEntry, LedgerKey
from assent.ledger.tree import LARGEST_SIZE, leaf_hash
from assent.proving.checkpoints import SignedHead, head_of_size, latest_head, log_keys
from assent.proving.nodes import prove_inclusion
from assent.proving.receipts import FILE_NAME, receipt_of
from assent.proving.refusals import NotSignedYet
from assent.refusal import NotFound
from assent.web.api import Moment, api_router, problems
from assent.web.requires import ApiCaller, Id, require_id

router: APIRouter = api_router("Ledger proofs")
Form = Annotated[
    Literal["opened", "bare"],
    Query(description="`bare`: only that this commitment stands in the log, not what it says."),
]
Base64 = Annotated[str, Field(description="Standard base64.")]


class LogKeyOut(BaseModel):
    """A key the log was signed with."""

    number: int
    key: str = Field(description="The public key in the form of C2SP signed notes.")
    fingerprint: str = Field(description="SHA-256 of name, algorithm and key, in hexadecimal.")
    reason: str = Field(description="Why it took over: first, rotated, lost or stolen.")
    at: Moment


class CheckpointOut(BaseModel):
    """A signed head of the log."""

    origin: str
    size: int
    root: Base64
    at: Moment
    checkpoint: str = Field(description="The signed note, to verify (C2SP tlog-checkpoint).")
    witnesses: list[str] = Field(description="Who has cosigned it by now.")
    keys: list[LogKeyOut]


class ProofOut(BaseModel):
    """That an entry is in the log."""

    index: int
    entry: Base64
    leaf_hash: Base64
    size: int
    root: Base64
    proof: list[Base64] = Field(description="Sibling hashes, the nearest first (RFC 9162, 2.1.3).")
    checkpoint: str


@router.get("/ledger/checkpoint", responses=problems(NotSignedYet))
async def checkpoint(visit: ApiCaller) -> CheckpointOut:
    """The newest signed head of the log; the same note as at /ledger/checkpoint."""
    head = await latest_head(visit.session)
    if head is None:
        raise NotSignedYet
    return CheckpointOut(
        origin=head.key.name,
        size=head.size,
        root=encode(head.root),
        at=head.at,
        checkpoint=str(head.note),
        witnesses=list(head.witnesses),
        keys=[_key_out(key) for key in await log_keys(visit.session)],
    )


@router.get("/ledger/entries/{n}/proof", responses=problems(NotFound, NotSignedYet))
async def proof(
    visit: ApiCaller,
    n: Annotated[int, Path(ge=0, le=LARGEST_SIZE, description="The entry's place in the log.")],
    size: Annotated[
        int | None,
        Query(
            ge=1,
            le=LARGEST_SIZE,
            description="Of a checkpoint that was signed; the newest if left out.",
        ),
    ] = None,
) -> ProofOut:
    """The proof that the entry at this place is in the signed log."""
    head, entry = await _head_and_entry(visit.session, n, size)
    return ProofOut(
        index=n,
        entry=encode(entry.entry),
        leaf_hash=encode(leaf_hash(entry.entry)),
        size=head.size,
        root=encode(head.root),
        proof=[encode(step) for step in await prove_inclusion(visit.session, n, head.size)],
        checkpoint=str(head.note),
    )


def _receipt_route(kind: str, summary: str) -> None:
    """Declare the receipt of one kind of decision; all of them answer alike."""

    @router.get(
        f"/{kind}/{{record}}/receipt",
        name=f"{kind.removesuffix('s')}_receipt",
        summary=summary,
        response_class=PlainTextResponse,
        responses=problems(NotFound, NotSignedYet),
    )
    async def receipt(
        request: Request, visit: ApiCaller, record: Id, form: Form = "opened"
    ) -> Response:
        """As `assent verify` takes it: for them whose decision it is, and who may see it."""
        base_url = request.app.state.settings.base_url
        found, _ = await receipt_of(visit.session, kind, require_id(record), base_url)
        text = str(found if form == "opened" else bare(found))
        headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return PlainTextResponse(text, headers=headers)


_receipt_route("consents", "The receipt of a relative's decision")
_receipt_route("clearances", "The receipt of a clearance")
_receipt_route("publications", "The receipt of a publication")


async def _head_and_entry(
    session: AsyncSession, index: int, size: int | None
) -> tuple[SignedHead, LedgerEntry]:
    entry = await session.get(LedgerEntry, index)
    if entry is None:
        raise NotFound
    head = await (latest_head(session) if size is None else head_of_size(session, size))
    if head is None and size is not None:
        raise NotFound
    if head is None or head.size <= index:
        raise NotSignedYet
    return head, entry


def _key_out(key: LedgerKey) -> LogKeyOut:
    public = LogKey(key.origin, key.public_key)
    return LogKeyOut(
        number=key.number,
        key=str(public),
        fingerprint=public.fingerprint,
        reason=key.reason,
        at=key.at,
    )
