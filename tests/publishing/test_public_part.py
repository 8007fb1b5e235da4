"""What anybody reads of a statement: nothing but what was agreed to become public, and that is proven as before."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from assent.actions.kinds.public_part import canonical_of, digest_of, outward_marks, public_part
from assent.gate.content import parse_content
from assent.gate.roles import Role
from assent.ledger.receipts import parse_receipt
from assent.ledger.trust import Trust
from assent.ledger.verification import verify_receipt
from assent.proving.checkpoints import sign_what_is_new
from assent.proving.signer import signer_of
from tests.coalition import STATEMENT, Coalition, content
from tests.proving.conftest import ORIGIN
from tests.web.visitors import Visitors

PAST = "2020-01-01T18:00:00Z"
SECRETS = (
    "jonas@daily.example",
    "Jonas",
    "lantern",
    "phoned",
    "Thursday",
    "Europe/Berlin",
    "2020-01-01",
)
FORM: dict[str, Any] = {
    "form": "statement",
    "quotes": {
        "people": [
            {"who": "A", "words": "Let her go home.", "agreed_on": "2026-01-02", "how": "phoned"}
        ]
    },
    "sign_on": {"until": PAST, "may_be_missing": ["lantern"]},
    "embargo": {"zone": "Europe/Berlin", "note": "Not a word before Thursday"},
    "press": {"recipients": ["Jonas <jonas@daily.example>"]},
}


async def released(coalition: Coalition) -> Any:
    action_id = await coalition.a_statement(form=FORM, not_before="2020-01-01T19:00:00Z")
    cleared = await coalition.clears(coalition.harbour_officer, action_id)
    await coalition.clears(coalition.reviewer, action_id, Role.SAFETY_REVIEWER)
    consent = await coalition.says(coalition.mother, action_id, "yes")
    return cleared, consent, await coalition.publishes(action_id)


async def test_nobody_outside_reads_to_whom_it_went_or_who_did_not_sign(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    _, _, published = await released(coalition)
    nobody = await visitors.nobody()
    for path in ("", ".json"):
        answer = await nobody.get(published.path + path)
        assert answer.status_code == 200
        found = [word for word in SECRETS if word.lower() in answer.text.lower()]
        assert not found, (path, found)
    feed = (await nobody.get("/feed.atom")).text
    assert not [word for word in SECRETS if word.lower() in feed.lower()]
    page = (await nobody.get(published.path)).text
    part = await nobody.get(published.path + ".json")
    assert f"<code>{hashlib.sha256(part.content).hexdigest()}</code>" in page
    assert part.json()["cosigners"] == ["harbour"]
    assert (
        published.publication.digest not in page + feed
    )  # else the press list could be guessed at


async def test_every_receipt_still_shows_that_what_is_public_was_agreed_to(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    cleared, consent, published = await released(coalition)
    signer = signer_of(app.state.settings)
    await sign_what_is_new(app.state.database, signer, ORIGIN)
    nobody = await visitors.nobody()
    text = json.loads((await nobody.get(published.path + ".json")).content)
    from assent.ledger.notes import LogKey

    trust = Trust((LogKey(ORIGIN, signer.public),))
    mother = await visitors.program(coalition.mother)
    officer = await visitors.program(coalition.harbour_officer)
    for program, path in (
        (mother, f"consents/{consent.id}"),
        (officer, f"clearances/{cleared.id}"),
        (officer, f"publications/{published.publication.id}"),
    ):
        receipt = parse_receipt((await program.get(f"{path}/receipt")).content)
        assert verify_receipt(receipt, trust, text=text).is_good, path
        other = text | {"cosigners": ["harbour", "outside"]}
        assert not verify_receipt(receipt, trust, text=other).is_good, path
        with_them = text | {"cosigners": ["harbour", "lantern"]}  # the family agreed to either list
        held = path.startswith("publications")
        assert verify_receipt(receipt, trust, text=with_them).is_good != held, path


_WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs")), min_size=1, max_size=20)


@given(
    recipients=st.lists(_WORDS.map(lambda w: f"x{w.strip()}"), max_size=4, unique=True),
    missing=st.sets(st.sampled_from(["lantern", "reef", "cove"]), max_size=3),
    came=st.sets(st.sampled_from(["lantern", "reef", "cove"])),
)
def test_the_digest_on_record_is_that_of_the_public_part_whoever_signed(
    recipients: list[str], missing: set[str], came: set[str]
) -> None:
    cosigners = ["harbour", "lantern", "reef", "cove"]
    form: dict[str, Any] = {"form": "statement", "press": {"recipients": recipients}}
    if missing:
        form["sign_on"] = {"until": PAST, "may_be_missing": sorted(missing)}
    parsed = parse_content(content(form=form, cosigners=cosigners))
    signers = [one for one in cosigners if one not in missing or one in came]
    part = public_part(parsed.as_json(), signers)
    marks = outward_marks("public_statement", parsed.digest, parsed.as_json())
    left = [one for one in signers if one not in marks.get("may_be_missing", [])]
    assert digest_of(part | {"cosigners": left}) == marks["public_digest"]
    assert set(part) == {"languages", "form", "cosigners", "audience"}
    assert not [r for r in recipients if len(r) > 8 and r.encode() in canonical_of(part)]


def test_where_all_of_it_is_public_there_is_one_digest() -> None:
    parsed = parse_content(content())
    assert outward_marks("public_statement", parsed.digest, parsed.as_json()) == {}
    assert digest_of(public_part(parsed.as_json(), parsed.cosigners)) == parsed.digest
    assert outward_marks("sanctions_request", parsed.digest, parsed.as_json()) == {}


def test_how_a_translation_was_made_stays_inside() -> None:
    told = {"how": "machine_checked", "by": "lantern"}
    texts = STATEMENT | {"fa": STATEMENT["fa"] | {"translation": told}}
    parsed = parse_content(
        content(languages=texts, not_before=datetime(2026, 1, 1, tzinfo=UTC).isoformat())
    )
    part = public_part(parsed.as_json(), ["harbour"])
    assert set(part["languages"]["fa"]) == {"title", "body"}
    assert "not_before" not in part
