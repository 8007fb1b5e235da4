"""The outbox: each message is handed over at most once, or known not to have been.

pending → claimed (committed before anything is sent) → sent, not sent, or unknown. A worker that
dies in between leaves a claimed delivery behind, which becomes unknown: a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.kinds import declared
from assent.actions.kinds.document import document_of
from assent.actions.kinds.filled import read_form
from assent.actions.models import Action, Revision
from assent.actions.queries import signers_at
from assent.database.session import lock_action, lock_case, present
from assent.documents.docx import as_docx
from assent.documents.pdf import as_pdf
from assent.documents.refusals import LettersMissing
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.jobs import defer
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.publishing.models import Delivery, Publication, Retraction
from assent.publishing.refusals import DeliverySettled
from assent.publishing.sources import require_sources_agree
from assent.refusal import NotFound
from assent.tasks import gate_tasks
from assent.tasks.service import open_delivery_task

# Longer than any SMTP conversation is allowed to take.
GIVEN_UP_AFTER = timedelta(minutes=10)
_WORD = "vnd.openxmlformats-officedocument.wordprocessingml.document"
_AGAINST = text(
    "select assent.stands_against(p) <> '{}' from assent.publications p where p.id = :id"
)
RESOLUTIONS = {
    "sent": "sent",
    "again": "pending",
    "cancelled": "cancelled",
    "came_back": "not_sent",
}
# What can be said of a delivery in which state. A mail that the next server took may still come back days later.
_SAID_OF = {
    "unknown": {"sent", "again", "cancelled"},
    "not_sent": {"again", "cancelled"},
    "sent": {"came_back"},
}


@dataclass(frozen=True)
class Letter:
    """A claimed delivery, ready to be handed over.

    Attributes:
        message: exactly the approved text, in every language it has.
    """

    delivery_id: UUID
    message: EmailMessage


async def claim(session: AsyncSession, delivery_id: UUID, sender: str, to: str) -> Letter | None:
    """Claim a pending delivery for one attempt; the caller commits before sending.

    Returns None where there is nothing to do: claimed before, cancelled or retracted; or where something stands
    against it by now, such as a pause or a consent that has lapsed. Then it counts as not sent, and a person decides.

    Args:
        session: a job's session.
        sender: the From address.
        to: the recipient's address.
    """
    query = (
        select(Delivery, Publication, Revision, Action.kind)
        .join(Publication, Publication.id == Delivery.publication_id)
        .join(Revision, Revision.id == Publication.revision_id)
        .join(Action, Action.id == Publication.action_id)
        .where(Delivery.id == delivery_id, Delivery.state == "pending")
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    # Written before anything is locked: a relative who wants to stop it does not wait for a document.
    message = _letter(row.Revision.content["languages"], sender, to)
    released_at = row.Publication.released_at
    await _attach_documents(session, message, row.kind, row.Revision, released_at)
    delivery = await _locked(session, row.Delivery, row.Publication)
    if delivery.state != "pending":
        return None
    held = bool((await session.execute(_AGAINST, {"id": row.Publication.id})).scalar_one())
    # One step in one statement: the database lets a delivery only move forward.
    delivery.state, delivery.changed_at = "not_sent" if held else "claimed", await present(session)
    delivery.message_id = None if held else message["Message-ID"]
    await session.flush()
    if held:
        await open_delivery_task(session, delivery.case_id, row.Publication.action_id)
        return None
    return Letter(delivery_id, message)


async def settle(session: AsyncSession, delivery_id: UUID, state: str) -> None:
    """Record how the attempt ended: `sent`, `not_sent` or `unknown`; the last two ask a person."""
    delivery = await session.get_one(Delivery, delivery_id, with_for_update=True)
    if delivery.state != "claimed":
        return
    now = await present(session)
    delivery.state, delivery.changed_at = state, now
    await session.flush()
    if state != "sent":
        publication = await session.get_one(Publication, delivery.publication_id)
        await open_delivery_task(session, delivery.case_id, publication.action_id)


async def give_up_on_abandoned(session: AsyncSession) -> int:
    """Mark what was claimed and never settled as unknown; returns how many there were."""
    before = await present(session) - GIVEN_UP_AFTER
    query = select(Delivery.id).where(Delivery.state == "claimed", Delivery.changed_at < before)
    abandoned = list(await session.scalars(query))
    for delivery_id in abandoned:
        await settle(session, delivery_id, "unknown")
    return len(abandoned)


async def record_handover(session: AsyncSession, caller: Caller, delivery_id: UUID) -> Delivery:
    """Record that a person handed a text over to its recipient.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        DeliverySettled: it is not waiting to be handed over by hand.
        DeliveryHeld: something stands against it now.
        SourceAgainst: a source keeps what is attached from this government.
    """
    delivery = await _own_delivery(session, caller, delivery_id)
    if delivery.channel != "by_hand" or delivery.state != "pending":
        raise DeliverySettled
    publication = await session.get_one(Publication, delivery.publication_id)
    await require_sources_agree(session, publication.revision_id)
    await _move(session, caller, delivery, "handed_over")
    return delivery


async def resolve_delivery(
    session: AsyncSession, caller: Caller, delivery_id: UUID, resolution: str
) -> Delivery:
    """Decide on a delivery: `sent`, `again` or `cancelled`; or say of one that was sent that it `came_back`.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        DeliverySettled: nothing is open about it, or it was taken back.
        DeliveryHeld: it is to be sent again, and something stands against that now.
    """
    delivery = await _own_delivery(session, caller, delivery_id)
    state = RESOLUTIONS.get(resolution)
    retracted = await session.get(Retraction, delivery.publication_id) is not None
    if state is None or resolution not in _SAID_OF.get(delivery.state, ()):
        raise DeliverySettled
    if (state == "pending" and retracted) or delivery.channel != "mail":
        raise DeliverySettled
    await _move(session, caller, delivery, state)
    if resolution == "came_back":
        publication = await session.get_one(Publication, delivery.publication_id)
        await open_delivery_task(session, delivery.case_id, publication.action_id)
    if state == "pending":
        await defer(session, "publishing.deliver", delivery_id=str(delivery_id))
    return delivery


async def _own_delivery(session: AsyncSession, caller: Caller, delivery_id: UUID) -> Delivery:
    delivery = await session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound
    await require(session, caller, delivery.case_id, Permission.ACTION_RELEASE)
    publication = await session.get_one(Publication, delivery.publication_id)
    return await _locked(session, delivery, publication)


async def _locked(session: AsyncSession, delivery: Delivery, publication: Publication) -> Delivery:
    """Lock a delivery after its case and action: whatever could stop it is on record by then, or comes after it."""
    await lock_case(session, publication.case_id)
    await lock_action(session, publication.action_id)
    await session.refresh(delivery, with_for_update=True)
    return delivery


async def _move(session: AsyncSession, caller: Caller, delivery: Delivery, state: str) -> None:
    publication = await session.get_one(Publication, delivery.publication_id)
    now = await present(session)
    await append(
        session,
        event=EventKind.DELIVERY_RESOLVED,
        actor=caller,
        case_id=delivery.case_id,
        action_id=publication.action_id,
        at=now,
        body={"delivery": str(delivery.id), "from": delivery.state, "to": state},
    )
    delivery.state, delivery.changed_by, delivery.changed_at = state, caller.person_id, now
    await session.flush()
    await gate_tasks.refresh(session, [publication.action_id])


async def _attach_documents(
    session: AsyncSession,
    message: EmailMessage,
    kind: str,
    revision: Revision,
    released_at: datetime,
) -> None:
    """Where a form goes along, attach each language as a document: the mail's words hold the text alone."""
    content = revision.content or {}
    filled = read_form(declared.current(), kind, content.get("form") or {})
    if filled is None or not filled.goes_along or revision.canonical is None:
        return
    signers = await signers_at(session, revision.id, released_at)
    for language in content["languages"]:
        document = document_of(kind, bytes(revision.canonical), language, signers)
        name = f"document-{language}"
        try:
            file, subtype, name = await as_pdf(document), "pdf", f"{name}.pdf"
        except LettersMissing:  # its reader's fonts may have them
            file, subtype, name = await as_docx(document), _WORD, f"{name}.docx"
        message.add_attachment(file, maintype="application", subtype=subtype, filename=name)


def _letter(texts: dict[str, dict[str, str]], sender: str, to: str) -> EmailMessage:
    """Return the approved text as a mail: nothing added, nothing left out."""
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = next(iter(texts.values()))["title"]
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or "localhost")
    parts = [f"{text['title']}\n\n{text['body']}" for text in texts.values()]
    message.set_content("\n\n\n".join(parts))
    return message
