"""What a receipt says: every mandatory field of the standards, and no name or word of the text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import rfc8785

from assent.consents.receipt import STATES, read_receipt, receipt_words
from assent.people.caller import Caller
from assent.refusal import NotFound
from tests.coalition import STATEMENT, Coalition

BASE = "https://assent.example"
# ISO/IEC TS 27560:2023, mandatory fields, as the W3C's guide lists them.
HEADER = {"schema_version", "receipt_id", "record_id", "pii_principal_id"}
PROCESSING = {"privacy_notice", "language", "purposes"}
PURPOSE = {
    "purpose", "pii_information", "pii_controllers", "storage_locations", "retention_period", "jurisdictions",
    "recipient_third_parties", "withdrawal_method",
}  # fmt: skip
PARTY = {"party_id", "party_address", "party_name", "party_contact", "party_type"}
EVENT = {"event_time", "validity_duration", "entity_id", "event_type", "event_state"}
KANTARA = {
    "version", "jurisdiction", "consentTimestamp", "collectionMethod", "consentReceiptID", "piiPrincipalId",
    "piiControllers", "policyUrl", "services", "sensitive", "spiCat", "language",
}  # fmt: skip


async def receipt(coalition: Coalition, consent: UUID, who: Caller) -> dict[str, Any]:
    async with coalition.database.session(who.person_id) as session:
        return await read_receipt(session, consent, BASE)


async def test_a_receipt_has_every_mandatory_field(coalition: Coalition) -> None:
    action = await coalition.a_statement(audience=["Embassy <mission@embassy.example>"])
    given = await coalition.says(coalition.mother, action, "yes")
    made = await receipt(coalition, given.id, coalition.mother)
    assert set(made) >= HEADER
    assert set(made["pii_processing"]) >= PROCESSING
    [purpose] = made["pii_processing"]["purposes"]
    assert set(purpose) >= PURPOSE
    assert {slug for p in made["party_identification"] for slug in [p["party_id"]]} == {
        "harbour", "lantern",
    }  # fmt: skip
    assert all(set(party) >= PARTY for party in made["party_identification"])
    assert set(made["event"]) == EVENT
    assert set(made["kantara"]) == KANTARA
    assert made["event"]["event_state"] == "ConsentGiven"
    assert purpose["recipient_third_parties"] == ["Embassy <mission@embassy.example>"]
    assert purpose["jurisdictions"] == ["CA", "SE"]
    assert made["pii_processing"]["language"] == "fa"
    assert f"sha256:{given.digest}" in str(purpose["pii_information"])
    assert f"{BASE}/actions/{action}/decide" in purpose["withdrawal_method"]


async def test_a_receipt_names_neither_the_person_nor_the_text(coalition: Coalition) -> None:
    action = await coalition.ready()
    given = await coalition.says(coalition.mother, action, "no")
    made = str(await receipt(coalition, given.id, coalition.mother))
    for word in (coalition.mother.name, coalition.mother.email, "teacher", "A Teacher"):
        assert word not in made
    for text in STATEMENT.values():
        assert text["title"] not in made
        assert text["body"] not in made


async def test_a_receipt_can_be_put_into_canonical_form(coalition: Coalition) -> None:
    given = await coalition.says(coalition.mother, await coalition.a_statement(), "yes")
    made = await receipt(coalition, given.id, coalition.mother)

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(key.isascii() and plain(one) for key, one in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return isinstance(value, str | bool | int)

    assert plain(made)
    assert rfc8785.dumps(made)


async def test_what_becomes_of_a_decision(coalition: Coalition) -> None:
    action = await coalition.a_statement()
    asked = await coalition.says(coalition.mother, action, "question")
    refused = await coalition.says(coalition.mother, action, "no")
    given = await coalition.says(coalition.mother, action, "yes")
    await coalition.withdraws(coalition.mother, given.id)
    states = [
        (await receipt(coalition, one.id, coalition.mother))["event"]["event_state"]
        for one in (asked, refused, given)
    ]
    assert states == ["ConsentRequested", "ConsentRefused", "ConsentWithdrawn"]
    assert set(states) <= set(STATES)


async def test_only_the_family_and_coordinators_find_a_receipt(coalition: Coalition) -> None:
    given = await coalition.says(coalition.mother, await coalition.a_statement(), "yes")
    assert await receipt(coalition, given.id, coalition.coordinator)
    for who in (coalition.observer, coalition.stranger):
        with pytest.raises(NotFound):
            await receipt(coalition, given.id, who)


def test_how_a_decision_was_given_is_said_in_words() -> None:
    assert set(receipt_words()["collection_method"]) >= {"session", "token"}
