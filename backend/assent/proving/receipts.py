"""A receipt of any decision: what opens its entry, that it stands in the log, and who has seen that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.models import Clearance
from assent.consents.channel_models import ConsentSignature
from assent.consents.models import Consent
from assent.consents.receipt import read_receipt
from assent.database.session import acting_as_job
from assent.ledger.passkey_signatures import PasskeySignature
from assent.ledger.proofs import LogProof
from assent.ledger.receipts import Opening, Receipt, make_receipt
from assent.ledger.records import parse_record
from assent.ledger.store import read_opening
from assent.people.passkey_models import Passkey
from assent.proving import witness_list
from assent.proving.checkpoints import SignedHead, head_over
from assent.proving.demands import demand_of
from assent.proving.nodes import prove_inclusion
from assent.proving.refusals import NotSignedYet
from assent.publishing.models import Publication
from assent.refusal import NotFound

KINDS: dict[str, type[Consent | Clearance | Publication]] = {
    "consents": Consent,
    "clearances": Clearance,
    "publications": Publication,
}
# Whoever finds it on a phone learns nothing from its name.
FILE_NAME = "document.txt"


async def receipt_of(
    session: AsyncSession, kind: str, record_id: UUID, base_url: str
) -> tuple[Receipt, SignedHead]:
    """Return the open receipt of a consent, a clearance or a publication that the session may see.

    Args:
        kind: `consents`, `clearances` or `publications`.
        base_url: where this Assent is reached.

    Raises:
        NotFound: there is none for the session's person.
        NotSignedYet: no checkpoint covers it yet.
    """
    if (model := KINDS.get(kind)) is None:
        raise NotFound
    # Row-level security shows it to whoever it belongs to, and leaves the rest to them.
    found: Consent | Clearance | Publication | None = await session.get(model, record_id)
    if found is None:
        raise NotFound
    fields: Mapping[str, Any] = {}
    passkey = None
    if isinstance(found, Consent):
        async with acting_as_job(session):  # a relative who left still holds what they said
            fields = await read_receipt(session, record_id, base_url)
            passkey = await _passkey_signature(session, record_id)
    return await receipt_of_entry(session, found.case_id, found.ledger_index, fields, passkey)


async def receipt_of_entry(
    session: AsyncSession,
    case_id: UUID,
    index: int,
    fields: Mapping[str, Any] | None = None,
    passkey: PasskeySignature | None = None,
) -> tuple[Receipt, SignedHead]:
    """Return the open receipt of an entry; the caller has checked that it may be seen.

    Raises:
        NotFound: its record was erased, or is another case's.
        NotSignedYet: no checkpoint covers it yet.
    """
    async with acting_as_job(session):
        opening = await read_opening(session, case_id, index)
        needed = (await demand_of(session, case_id)).needed
    if opening is None:
        raise NotFound
    secret, record = opening
    head = await head_over(session, index, max(needed, len(witness_list.current().witnesses)))
    if head is None:
        raise NotSignedYet
    path = await prove_inclusion(session, index, head.size)
    proof = LogProof(index, tuple(path), head.note)
    opened = Opening(record, secret, dict(fields or {}), passkey)
    return make_receipt(proof, opened, keys=known_keys(head), needed=needed), head


async def _passkey_signature(session: AsyncSession, consent_id: UUID) -> PasskeySignature | None:
    query = (
        select(ConsentSignature, Passkey.public_key)
        .join(Passkey, Passkey.id == ConsentSignature.passkey_id)
        .where(ConsentSignature.consent_id == consent_id)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else signature_as_given(row[0], row[1])


def signature_as_given(signed: ConsentSignature, public_key: bytes) -> PasskeySignature:
    """Return what a relative's device signed, as a receipt carries it."""
    return PasskeySignature(
        statement=parse_record(bytes(signed.statement)),
        authenticator_data=bytes(signed.authenticator_data),
        client_data=bytes(signed.client_data),
        signature=bytes(signed.signature),
        public_key=bytes(public_key),
    )


def known_keys(head: SignedHead) -> tuple[str, ...]:
    """Return the keys that go along with a receipt: the log's, and those of the witnesses that are known."""
    witnesses = [str(w.key) for w in witness_list.current().witnesses]
    return (str(head.key), *witnesses)
