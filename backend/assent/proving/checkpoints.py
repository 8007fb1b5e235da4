"""Signed heads of the log: made within a second of an entry, kept, and given to whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.database.session import Database, present
from assent.ledger.checkpoints import Checkpoint
from assent.ledger.events import EventKind
from assent.ledger.notes import LogKey, Note, parse_note, parse_signature_line
from assent.ledger.store import append
from assent.ledger.store_models import LedgerCheckpoint, LedgerCosignature, LedgerHead, LedgerKey
from assent.proving.nodes import root_at
from assent.proving.signer import Signer, SignerBusy, SignerRefuses

_LATEST = select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1)
_COVERING = text("select min(size) from assent.ledger_checkpoints where size > :index")
_COVERING_COSIGNED = text(
    "select min(size) from assent.ledger_cosignatures where size > :index and nth = :cosigned"
)


@dataclass(frozen=True)
class SignedHead:
    """A checkpoint as it is given out.

    Attributes:
        note: the signed note with all cosignatures there are by now.
        witnesses: whose they are.
        key: the log's key that signed it.
    """

    size: int
    root: bytes
    at: datetime
    note: Note
    witnesses: tuple[str, ...]
    key: LogKey


async def log_keys(session: AsyncSession) -> list[LedgerKey]:
    """Return the keys this log has been signed with, the present one last."""
    return list(await session.scalars(select(LedgerKey).order_by(LedgerKey.number)))


async def latest_head(session: AsyncSession) -> SignedHead | None:
    """Return the newest checkpoint, or None before the first."""
    found = (await session.scalars(_LATEST)).one_or_none()
    return None if found is None else await _with_cosignatures(session, found)


async def head_of_size(session: AsyncSession, size: int) -> SignedHead | None:
    """Return the checkpoint of exactly this size, if one was signed."""
    found = await session.get(LedgerCheckpoint, size)
    return None if found is None else await _with_cosignatures(session, found)


async def head_over(session: AsyncSession, index: int, cosignatures: int) -> SignedHead | None:
    """Return a checkpoint that covers an entry: the first with so many cosignatures, else the best there is."""
    for wanted in range(cosignatures, -1, -1):
        query = _COVERING_COSIGNED if wanted else _COVERING
        values = {"index": index} | ({"cosigned": wanted} if wanted else {})
        size = (await session.execute(query, values)).scalar_one()
        if size is not None:
            return await head_of_size(session, size)
    return None


async def _with_cosignatures(session: AsyncSession, found: LedgerCheckpoint) -> SignedHead:
    query = select(LedgerCosignature).where(LedgerCosignature.size == found.size)
    lines = list(await session.scalars(query.order_by(LedgerCosignature.witness)))
    note = parse_note(found.note).signed_also(parse_signature_line(line.line) for line in lines)
    key = await session.get_one(LedgerKey, found.key_number)
    return SignedHead(
        size=found.size,
        root=found.root,
        at=found.at,
        note=note,
        witnesses=tuple(line.witness for line in lines),
        key=LogKey(key.origin, key.public_key),
    )


async def sign_what_is_new(database: Database, signer: Signer, origin: str) -> SignedHead | None:
    """Sign the log as it stands, if it has grown since the last checkpoint; None if it has not.

    Args:
        origin: the name a log gets that has none yet.

    Raises:
        SignerRefuses: the log does not go on from what was signed before, or the key is another one.
    """
    try:
        with signer.alone():
            async with database.session(job=True) as session:
                return await _sign(session, signer, origin)
    except SignerBusy:
        return None


async def _sign(session: AsyncSession, signer: Signer, origin: str) -> SignedHead | None:
    size = (await session.scalars(select(LedgerHead.size))).one()
    before = (await session.scalars(_LATEST)).one_or_none()
    if before is not None and before.size == size:
        return None
    key = await _key_of_this_log(session, signer, origin)
    size = (await session.scalars(select(LedgerHead.size))).one()
    root = await root_at(session, size)
    if before is not None and await root_at(session, before.size) != before.root:
        raise SignerRefuses(
            f"the first {before.size} entries are not those that were signed: the log was rewritten"
        )
    if root is None:
        raise SignerRefuses("the log's tree has a hole: it was damaged")
    checkpoint = Checkpoint(key.origin, size, root)
    signed = signer.before()
    then = None
    if signed is not None and signed.size <= size:
        then = await root_at(session, signed.size)
    note = signer.sign(checkpoint, then)
    now = await present(session)
    values = {
        "size": size,
        "root": root,
        "key_number": key.number,
        "note": str(note),
        "at": now,
    }
    await session.execute(insert(LedgerCheckpoint).values(**values))
    return SignedHead(
        size=size, root=root, at=now, note=note, witnesses=(),
        key=LogKey(key.origin, key.public_key),
    )  # fmt: skip


async def _key_of_this_log(session: AsyncSession, signer: Signer, origin: str) -> LedgerKey:
    known = await log_keys(session)
    if not known:
        return await _take_up(session, LogKey(origin, signer.public), "first", None, "")
    if known[-1].public_key != signer.public:
        raise SignerRefuses(
            "the log's key is another one than before: put the old one back, or say"
            " `assent log-key --change` with the reason"
        )
    return known[-1]


async def change_key(
    session: AsyncSession,
    signer: Signer,
    reason: str,
    endorsed: str,
    *,
    origin: str | None = None,
) -> LedgerKey:
    """Have the log signed by another key from now on; the change is itself recorded.

    Args:
        signer: of the new key.
        reason: `rotated`, `lost` or `stolen`.
        endorsed: the old key's signature over the new one, in base64; empty where the old one is gone.
        origin: another name, for a log that lost entries and is not the one that was signed.

    Raises:
        SignerRefuses: if this log has no key yet, or has had this one before.
    """
    known = await log_keys(session)
    if not known:
        raise SignerRefuses("this log has not been signed yet: it takes up its key by itself")
    if any(key.public_key == signer.public for key in known):
        raise SignerRefuses("this log has had this key before: make another")
    return await _take_up(
        session, LogKey(origin or known[-1].origin, signer.public), reason, known[-1], endorsed
    )


def endorsement_text(key: LogKey) -> str:
    """Return what the key before signs to hand over to the one after."""
    return f"assent/log-key/v1\n{key}\n"


async def _take_up(
    session: AsyncSession, key: LogKey, reason: str, before: LedgerKey | None, endorsed: str
) -> LedgerKey:
    now = await present(session)
    body = {"reason": reason, "key": str(key)}
    if before is not None:
        body["before"] = str(LogKey(before.origin, before.public_key))
    if endorsed:
        body["endorsed"] = endorsed
    index = await append(
        session, event=EventKind.LOG_KEY_SET, actor=None, case_id=None, at=now, body=body
    )
    values = {
        "number": before.number + 1 if before else 1,
        "origin": key.name,
        "public_key": key.public,
        "reason": reason,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(LedgerKey).values(**values))
    return await session.get_one(LedgerKey, values["number"])
