"""What proves that a text reached its recipient: kept like any file, and told beside who has seen what."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action
from assent.database.ids import new_id
from assent.database.session import Database, present
from assent.evidence import storage
from assent.evidence.files import Kept, examine, file_name, forget_kept, keep_part, record_file
from assent.evidence.labels import Label
from assent.evidence.models import StoredFile
from assent.ledger.events import EventKind
from assent.ledger.store import append, case_data_key
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.publishing.models import Delivery, HandoverProof, Publication
from assent.publishing.refusals import NotDelivered
from assent.refusal import NotFound

_LEFT = ("handed_over", "sent", "unknown")


async def attach_proof(
    database: Database,
    caller: Caller,
    delivery_id: UUID,
    stream: AsyncIterable[bytes],
    name: str,
) -> StoredFile:
    """Keep a file as the proof of a delivery; whoever sees the action sees it.

    No transaction waits while the file arrives: rights are asked before, and again when it counts.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        NotDelivered: nothing has left yet.
        FileTooLarge, EmptyFile, CutOff, Infected, ScannerAway, FilesAway
    """
    case_id = await require_provable(database, caller, delivery_id)
    async with database.session(caller.person_id) as session:
        key = await case_data_key(session, case_id)
    file_id = new_id()
    size = await keep_part(key, case_id, file_id, 0, stream, storage.current().most)
    kept = Kept(case_id, file_id, (size,))
    try:
        examined = await examine(key, kept, file_name(name))
        async with database.session(caller.person_id) as session:
            delivery, label = await _to_prove(session, caller, delivery_id)
            file = await record_file(session, caller, examined, label)
            await _record(session, caller, delivery, file)
            return file
    except Exception:
        await forget_kept(kept)
        raise


async def require_provable(database: Database, caller: Caller, delivery_id: UUID) -> UUID:
    """Check, before anything is read, that the caller may attach proof to a delivery; returns its case.

    Raises:
        NotFound, Forbidden, NotDelivered: as in `attach_proof`.
    """
    async with database.session(caller.person_id) as session:
        delivery, _ = await _to_prove(session, caller, delivery_id)
        return delivery.case_id


async def proofs_of(
    session: AsyncSession, deliveries: Sequence[UUID]
) -> dict[UUID, list[StoredFile]]:
    """Return what proves each delivery, oldest first, as far as the session's person may see it."""
    query = (
        select(HandoverProof.delivery_id, StoredFile)
        .join(StoredFile, StoredFile.id == HandoverProof.file_id)
        .where(HandoverProof.delivery_id.in_(deliveries))
        .order_by(HandoverProof.ledger_index)
    )
    found: dict[UUID, list[StoredFile]] = {}
    for delivery_id, file in await session.execute(query):
        found.setdefault(delivery_id, []).append(file)
    return found


async def proof_file(session: AsyncSession, delivery_id: UUID, sha256: str) -> StoredFile:
    """Return one file that proves a delivery.

    Raises:
        NotFound: there is none that the session's person may see.
    """
    for file in (await proofs_of(session, [delivery_id])).get(delivery_id, []):
        if file.sha256 == sha256:
            return file
    raise NotFound


async def _to_prove(
    session: AsyncSession, caller: Caller, delivery_id: UUID
) -> tuple[Delivery, Label]:
    delivery = await session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound
    await require(session, caller, delivery.case_id, Permission.ACTION_RELEASE)
    if delivery.state not in _LEFT:
        raise NotDelivered
    publication = await session.get_one(Publication, delivery.publication_id)
    action = await session.get_one(Action, publication.action_id)
    return delivery, Label(action.visibility, action.organisation_id)


async def _record(
    session: AsyncSession, caller: Caller, delivery: Delivery, file: StoredFile
) -> None:
    publication = await session.get_one(Publication, delivery.publication_id)
    now = await present(session)
    index = await append(
        session,
        event=EventKind.HANDOVER_PROVEN,
        actor=caller,
        case_id=delivery.case_id,
        action_id=publication.action_id,
        at=now,
        body={"delivery": str(delivery.id), "file": str(file.id), "sha256": file.sha256},
    )
    values = {
        "delivery_id": delivery.id,
        "case_id": delivery.case_id,
        "file_id": file.id,
        "attached_by": caller.person_id,
        "attached_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(HandoverProof).values(**values))
