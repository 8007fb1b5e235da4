"""What a receipt of a decision says: the fields of ISO/IEC TS 27560 and of Kantara's consent receipt.

The person and the texts are named by ids and digests alone: a receipt found on a phone says nothing
to whoever does not hold the text. The proof that the decision stands in the ledger is put around
these fields, not into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import DateTime, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.models import Action, Revision
from assent.consents.models import Consent, ConsentWithdrawal
from assent.database.session import present
from assent.gate.facts import YESES
from assent.ledger.store import as_utc
from assent.people.models import Organisation
from assent.refusal import NotFound
from assent.settings import ROOT

# What has become of a decision; the names of consent states in the W3C's vocabulary (DPV).
STATES = (
    "ConsentGiven",
    "ConsentRefused",
    "ConsentRequested",
    "ConsentWithdrawn",
    "ConsentExpired",
    "ConsentInvalidated",
)
_CONTESTED_AT = literal_column("assent.contested_at(consents)", DateTime(timezone=True))


@dataclass(frozen=True)
class ReceiptFacts:
    """What is on record about one decision.

    Attributes:
        recipients: whom the text is for; None: everybody.
        controllers: the organisations that act, the leading one first.
    """

    consent: Consent
    kind: str
    recipients: list[str] | None
    controllers: list[Organisation]
    withdrawn_at: datetime | None
    contested_at: datetime | None
    now: datetime


async def read_receipt(session: AsyncSession, consent_id: UUID, base_url: str) -> dict[str, Any]:
    """Return the fields of a decision's receipt.

    Args:
        base_url: where this Assent is reached, for the address at which a yes is taken back.

    Raises:
        NotFound: there is no such decision for the session's person.
    """
    query = (
        select(Consent, Action, Revision.content, ConsentWithdrawal.at, _CONTESTED_AT)
        .join(Action, Action.id == Consent.action_id)
        .join(Revision, Revision.id == Consent.revision_id)
        .outerjoin(ConsentWithdrawal, ConsentWithdrawal.consent_id == Consent.id)
        .where(Consent.id == consent_id)
    )
    if (row := (await session.execute(query)).one_or_none()) is None:
        raise NotFound
    consent, action, content, withdrawn_at, contested_at = row
    content = content or {}
    audience = content.get("audience", [])
    facts = ReceiptFacts(
        consent=consent,
        kind=action.kind,
        recipients=None if audience == "public" else list(audience),
        controllers=await _acting(session, action, content.get("cosigners", [])),
        withdrawn_at=withdrawn_at,
        contested_at=contested_at,
        now=await present(session),
    )
    return receipt_fields(facts, base_url)


def receipt_fields(facts: ReceiptFacts, base_url: str) -> dict[str, Any]:
    """Return the receipt's fields: strings, whole numbers, booleans, lists and objects only."""
    words, consent = receipt_words(), facts.consent
    parties = [_party(organisation) for organisation in facts.controllers]
    method = words["collection_method"].get(consent.channel, consent.channel)
    address = f"{base_url}/actions/{consent.action_id}/decide"
    recipients = ["everybody"] if facts.recipients is None else facts.recipients
    return {
        "schema_version": words["schema_version"],
        "receipt_id": str(consent.id),
        "record_id": str(consent.id),
        "pii_principal_id": str(consent.person_id),
        "pii_processing": {
            "privacy_notice": f"assent/notice/{consent.notice_version}",
            "language": consent.language,
            "purposes": [
                {
                    "purpose": f"{facts.kind}, exactly the text with this digest",
                    "purpose_type": facts.kind,
                    "lawful_basis": f"{words['lawful_basis']['name']} ({words['lawful_basis']['of']})",
                    "pii_information": _information(consent),
                    "pii_controllers": [party["party_id"] for party in parties],
                    "collection_method": method,
                    "storage_locations": [base_url],
                    "retention_period": words["retention_period"],
                    "jurisdictions": sorted({o.country for o in facts.controllers}),
                    "recipient_third_parties": recipients,
                    "withdrawal_method": f"{words['withdrawal_method']}: {address}",
                    "conditions": consent.conditions,
                }
            ],
        },
        "party_identification": parties,
        "event": {
            "event_time": as_utc(consent.at),
            "validity_duration": f"{as_utc(consent.at)}/{as_utc(consent.expires_at)}",
            "entity_id": str(consent.person_id),
            "event_type": words["event_type"],
            "event_state": state_of(facts),
        },
        "kantara": _kantara(facts, base_url, method, recipients, words),
    }


def state_of(facts: ReceiptFacts) -> str:
    """Return what has become of a decision, as one of `STATES`."""
    consent = facts.consent
    if facts.withdrawn_at is not None:
        return "ConsentWithdrawn"
    if facts.contested_at is not None:
        return "ConsentInvalidated"
    if consent.decision in YESES:
        return "ConsentGiven" if consent.expires_at > facts.now else "ConsentExpired"
    return "ConsentRefused" if consent.decision == "no" else "ConsentRequested"


@cache
def receipt_words() -> dict[str, Any]:
    """Return policies/receipt.yaml: what does not follow from the consent itself."""
    path = ROOT / "policies" / "receipt.yaml"
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


async def _acting(
    session: AsyncSession, action: Action, cosigners: list[str]
) -> list[Organisation]:
    query = select(Organisation).where(
        (Organisation.id == action.organisation_id) | Organisation.slug.in_(cosigners)
    )
    found = list(await session.scalars(query))
    return sorted(found, key=lambda o: (o.id != action.organisation_id, o.slug))


def _party(organisation: Organisation) -> dict[str, Any]:
    return {
        "party_id": organisation.slug,
        "party_name": organisation.name,
        "party_address": organisation.country,
        "party_contact": "through the coordinators named on the page of the text",
        "party_role": "pii controller",
        "party_type": "organisation",
    }


def _information(consent: Consent) -> list[dict[str, Any]]:
    heard = {
        "pii_type": "the recording that was offered beside it; whether it was heard is not known",
        "pii_attribute_id": f"sha256:{consent.reading}",
        "pii_optional": True,
    }
    return [
        {
            "pii_type": "the exact content that was agreed to",
            "pii_attribute_id": f"sha256:{consent.digest}",
            "pii_optional": False,
            "special_pii_category": receipt_words()["special_pii_category"],
        },
        {
            "pii_type": "the translation that was shown",
            "pii_attribute_id": f"sha256:{consent.shown_digest}",
            "pii_optional": False,
        },
        *([heard] if consent.reading else []),
    ]


def _kantara(
    facts: ReceiptFacts, base_url: str, method: str, recipients: list[str], words: dict[str, Any]
) -> dict[str, Any]:
    """The same in the names of Kantara's Consent Receipt Specification 1.1."""
    consent = facts.consent
    purpose = {
        "purpose": facts.kind,
        "purposeCategory": [facts.kind],
        "consentType": "EXPLICIT",
        "piiCategory": [f"sha256:{consent.digest}"],
        "primaryPurpose": True,
        "termination": as_utc(consent.expires_at),
        "thirdPartyDisclosure": True,
        "thirdPartyName": ", ".join(recipients),
    }
    controllers = [
        {"piiController": o.name, "onBehalf": False, "contact": o.slug, "address": o.country}
        for o in facts.controllers
    ]
    return {
        "version": words["kantara_version"],
        "jurisdiction": ", ".join(sorted({o.country for o in facts.controllers})),
        "consentTimestamp": int(consent.at.timestamp()),
        "collectionMethod": method,
        "consentReceiptID": str(consent.id),
        "language": consent.language,
        "piiPrincipalId": str(consent.person_id),
        "piiControllers": controllers,
        "policyUrl": f"{base_url}/actions/{consent.action_id}/decide",
        "services": [{"service": "Assent", "purposes": [purpose]}],
        "sensitive": True,
        "spiCat": words["special_pii_category"],
    }
