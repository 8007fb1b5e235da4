"""Publishing: the one door through which anything goes out, and taking it back.

The gate is evaluated at release, under locks, in the transaction that records the publication;
it is never trusted from the moment of approval. Deliveries leave from jobs, after the commit.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.kinds.public_part import STATEMENT, becomes_public, digest_of, public_part
from assent.actions.models import Action, Revision
from assent.actions.queries import visible_action
from assent.actions.refusals import NothingToDecide, StaleDigest
from assent.actions.steps import begin_procedure
from assent.contacts.recipients import mail_address
from assent.database.ids import new_id
from assent.database.session import lock_action, lock_case, present
from assent.facts import ActionFacts, read_action_facts
from assent.gate.evaluate import GateStatus
from assent.gate.roles import Role
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.jobs import defer
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import people_with_role, require
from assent.publishing.models import Delivery, Publication, PublicationGround, Retraction
from assent.publishing.recipients import recipients_of
from assent.publishing.refusals import (
    AlreadyPublished,
    GateShut,
    KeyMissing,
    KeyUsedForAnother,
    NotOut,
)
from assent.publishing.sources import require_sources_agree
from assent.refusal import N_, NotFound
from assent.tasks import gate_tasks
from assent.tasks.service import open_delivery_task, open_retraction_task

_LONGEST_KEY = 200
_SIGNERS = text("select assent.signers(:revision_id, :at)")


@dataclass(frozen=True)
class Published:
    """A publication and its address.

    Attributes:
        path: the public page, or the action's page where there is none.
        created: False when the same call had been made before.
    """

    publication: Publication
    path: str
    created: bool


async def publish(
    session: AsyncSession, caller: Caller, action_id: UUID, digest: str, idempotency_key: str
) -> Published:
    """Let exactly this text go out, if every requirement of its gate is met at this moment.

    Args:
        digest: of the text to release; it must be the latest revision's.
        idempotency_key: the same key again answers with the publication it made.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        GateShut: with all requirements.
        SourceAgainst: a source keeps what is attached from this government.
        NothingToDecide, StaleDigest, AlreadyPublished, KeyMissing, KeyUsedForAnother.
    """
    if not 1 <= len(idempotency_key) <= _LONGEST_KEY or not idempotency_key.isprintable():
        raise KeyMissing(field="Idempotency-Key")
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.ACTION_RELEASE)
    await lock_case(session, action.case_id)
    await lock_action(session, action_id)
    return await release_locked(session, caller, action, digest, idempotency_key)


async def release_locked(
    session: AsyncSession, caller: Caller, action: Action, digest: str, idempotency_key: str
) -> Published:
    """Do what `publish` does once case and action are locked; a launch locks all of its actions first.

    Raises:
        GateShut, SourceAgainst, NothingToDecide, StaleDigest, AlreadyPublished, KeyUsedForAnother.
    """
    action_id = action.id
    if (before := await _made_by(session, action_id, idempotency_key)) is not None:
        if before.digest != digest:
            raise KeyUsedForAnother
        return Published(before, path_of(action), created=False)
    facts = await read_action_facts(session, action_id)
    _require_unpublished_latest(facts, digest)
    status = facts.status(releaser=caller.person_id)
    if not status.open:
        raise GateShut(status, action.case_id)
    await require_sources_agree(session, UUID(facts.facts.revision))
    publication = await _record(session, caller, action, facts, status, idempotency_key)
    content = await _send_on_its_way(session, action, publication)
    await begin_procedure(session, caller, action, content, publication.released_at.date())
    await gate_tasks.refresh(session, [action_id])
    return Published(publication, path_of(action), created=True)


async def retract(session: AsyncSession, caller: Caller, publication_id: UUID) -> Retraction:
    """Take a publication back for a reason of the coalition's own.

    Raises:
        NotFound, Forbidden: not somebody who releases here.
        NotOut: it was taken back already.
    """
    publication = await session.get(Publication, publication_id)
    if publication is None:
        raise NotFound
    await require(session, caller, publication.case_id, Permission.ACTION_RELEASE)
    await lock_action(session, publication.action_id)
    if await session.get(Retraction, publication_id) is not None:
        raise NotOut
    now = await present(session)
    index = await append(
        session,
        event=EventKind.RETRACTED,
        actor=caller,
        case_id=publication.case_id,
        action_id=publication.action_id,
        at=now,
        body={"publication": str(publication_id), "cause": "coordinator"},
    )
    values = {
        "publication_id": publication_id,
        "case_id": publication.case_id,
        "action_id": publication.action_id,
        "cause": "coordinator",
        "retracted_by": caller.person_id,
        "retracted_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Retraction).values(**values))
    await open_retraction_task(session, caller, publication.case_id, publication.action_id)
    return await session.get_one(Retraction, publication_id)


def path_of(action: Action) -> str:
    """Return where a publication of this action can be looked at."""
    return f"/s/{action.slug}" if action.kind == STATEMENT else f"/actions/{action.id}"


async def _made_by(session: AsyncSession, action_id: UUID, key: str) -> Publication | None:
    query = select(Publication).where(
        Publication.action_id == action_id, Publication.idempotency_key == key
    )
    return (await session.scalars(query)).one_or_none()


def _require_unpublished_latest(facts: ActionFacts, digest: str) -> None:
    if facts.facts.digest is None:
        raise NothingToDecide
    if facts.facts.digest != digest:
        raise StaleDigest(
            N_("The latest version is number {number}."),
            field="digest",
            extra={"latest": {"number": facts.number, "digest": facts.facts.digest}},
            number=facts.number,
        )
    if facts.publication is not None and facts.publication.revision == facts.facts.revision:
        raise AlreadyPublished


async def _record(
    session: AsyncSession,
    caller: Caller,
    action: Action,
    facts: ActionFacts,
    status: GateStatus,
    idempotency_key: str,
) -> Publication:
    publication_id, now = new_id(), await present(session)
    if action.kind == STATEMENT and action.slug is None:
        slug = await _new_slug(session, UUID(facts.facts.revision))
        await session.execute(update(Action).where(Action.id == action.id).values(slug=slug))
    grounds = [
        {
            "requirement": ground.requirement_key,
            "record": ground.record,
            "id": ground.record_id,
            "person": ground.person,
        }
        for ground in status.grounds
    ]
    index = await append(
        session,
        event=EventKind.PUBLISHED,
        actor=caller,
        case_id=action.case_id,
        action_id=action.id,
        at=now,
        body={
            "publication": str(publication_id),
            "digest": status.digest,
            "gate": facts.gate_version,
            **await _outward(session, action, facts, now),
            # A receipt of this is given to all who see the action: who of the family agreed, their own record says.
            "grounds": [
                {
                    k: v
                    for k, v in ground.items()
                    if k != "person" or ground["record"] == "clearance"
                }
                for ground in grounds
            ],
        },
    )
    values = {
        "id": publication_id,
        "action_id": action.id,
        "case_id": action.case_id,
        "revision_id": UUID(facts.facts.revision),
        "digest": status.digest,
        "gate_version": facts.gate_version,
        "idempotency_key": idempotency_key,
        "released_by": caller.person_id,
        "released_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(Publication).values(**values))
    rows = [
        {
            "publication_id": publication_id,
            "case_id": action.case_id,
            "requirement": ground["requirement"],
            "clearance_id": UUID(ground["id"]) if ground["record"] == "clearance" else None,
            "consent_id": UUID(ground["id"]) if ground["record"] == "consent" else None,
            "standing_consent_id": UUID(ground["id"])
            if ground["record"] == "standing_consent"
            else None,
            "person_id": UUID(ground["person"]),
        }
        for ground in grounds
    ]
    await session.execute(insert(PublicationGround), rows)
    return await session.get_one(Publication, publication_id)


async def _outward(
    session: AsyncSession, action: Action, facts: ActionFacts, now: datetime
) -> dict[str, Any]:
    """Return the digest of what anybody can read from now on, where the content holds more than that."""
    revision_id = UUID(facts.facts.revision)
    content = (await session.get_one(Revision, revision_id)).content
    if content is None or not becomes_public(action.kind, content):
        return {}
    values = {"revision_id": revision_id, "at": now}
    signers = (await session.scalars(_SIGNERS, values)).one()
    public = digest_of(public_part(content, signers))
    return {} if public == facts.facts.digest else {"public_digest": public}


async def _send_on_its_way(
    session: AsyncSession, action: Action, publication: Publication
) -> dict[str, Any]:
    """Write the outbox and defer its jobs in this transaction; tell the family. Returns what went out."""
    content = (
        await session.scalars(
            select(Revision.content).where(Revision.id == publication.revision_id)
        )
    ).one()
    by_hand = False
    for recipient in recipients_of(content):
        channel = "mail" if mail_address(recipient) else "by_hand"
        by_hand = by_hand or channel == "by_hand"
        delivery_id = new_id()
        values = {
            "id": delivery_id,
            "publication_id": publication.id,
            "case_id": publication.case_id,
            "recipient": recipient,
            "channel": channel,
            "state": "pending",
            "changed_at": publication.released_at,
        }
        await session.execute(insert(Delivery).values(**values))
        if channel == "mail":
            await defer(session, "publishing.deliver", delivery_id=str(delivery_id))
    if by_hand:
        await open_delivery_task(session, action.case_id, action.id)
    family = select(PublicationGround.person_id).where(
        PublicationGround.publication_id == publication.id,
        PublicationGround.clearance_id.is_(None),
    )
    told = set(await session.scalars(family))
    in_advance = select(PublicationGround.standing_consent_id).where(
        PublicationGround.publication_id == publication.id,
        PublicationGround.standing_consent_id.is_not(None),
    )
    if (await session.scalars(in_advance.limit(1))).one_or_none() is not None:
        # Nobody of the family has seen this text yet: each use is told to all who decide.
        told.update(await people_with_role(session, action.case_id, Role.DECISION_MAKER))
    for person_id in sorted(told):
        await enqueue_mail(session, person_id, MailKind.SOMETHING_CHANGED, f"/actions/{action.id}")
    return dict(content)


async def _new_slug(session: AsyncSession, revision_id: UUID) -> str:
    """Make the public address: words of the English title where there is one, and a random tail."""
    content = (
        await session.scalars(select(Revision.content).where(Revision.id == revision_id))
    ).one()
    texts = content["languages"]
    title = texts.get("en", next(iter(texts.values())))["title"]
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)[:8] or ["statement"]
    return f"{'-'.join(words)[:60].strip('-')}-{secrets.token_hex(3)}"
