"""What a relative's device signed goes along with the receipt, as it was given."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assent.consents.channel_models import ConsentSignature
from assent.ledger.records import canonical_record
from assent.ledger.verification import verify_receipt
from assent.proving.receipts import signature_as_given
from tests.ledger.proven import Log, a_record, signed_with_a_passkey


def test_a_signature_as_it_is_kept_proves_the_decision_in_a_receipt() -> None:
    """The statement names what it names on the page: person, case and action, the notice, the whole text's outline."""
    log, record = Log(), a_record(0, channel="passkey")
    named = {
        "v": 1,
        "person": record["actor"]["person"],
        "case": record["case"],
        "action": record["action"],
        "notice": record["body"]["notice_version"],
        "scope": "this exact text",
        "text": {"languages": ["en", "fa"], "audience": "public"},
        "at": "2026-11-25T09:59:00.000000Z",
        "question": "",
    }
    made = signed_with_a_passkey(Ed25519PrivateKey.generate(), record, **named)
    kept = ConsentSignature(
        consent_id=uuid4(),
        case_id=uuid4(),
        passkey_id=uuid4(),
        statement=canonical_record(made.statement),
        authenticator_data=made.authenticator_data,
        client_data=made.client_data,
        signature=made.signature,
    )
    given = signature_as_given(kept, made.public_key)
    assert given == made
    log.append(record, passkey=given)
    assert verify_receipt(log.receipt(0), log.trust).is_good
    log.append(record, passkey=replace(given, statement=dict(given.statement) | {"text": {}}))
    assert not verify_receipt(log.receipt(1), log.trust).is_good
