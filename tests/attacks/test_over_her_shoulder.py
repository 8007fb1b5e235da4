"""Whoever reads along on a relative's phone learns neither of a private word, nor does she learn how another voted."""

from __future__ import annotations

import re
from uuid import UUID

from fastapi import FastAPI

from assent.people.private_signs import agree_on_sign
from assent.proving.checkpoints import sign_what_is_new
from assent.proving.signer import signer_of
from tests.coalition import Coalition, a_coalition
from tests.consents.test_private_sign import WORD, alike
from tests.publishing.launches import planned
from tests.web.visitors import Visitors

PAGES = (
    "/", "/cases/{slug}", "/cases/{slug}/launches", "/launches/{launch}", "/cases/{slug}/diplomacy",
    "/cases/{slug}/record", "/cases/{slug}/seen", "/cases/{slug}/timeline", "/cases/{slug}/family",
    "/cases/{slug}/in-advance", "/actions/{action}", "/actions/{letter}", "/actions/{note}",
    "/actions/{note}/decide", "/stop", "/said", "/me/calendar",
)  # fmt: skip
CALLS = (
    "cases", "cases/{slug}", "cases/{slug}/actions", "cases/{slug}/tasks", "cases/{slug}/launches",
    "launches/{launch}", "cases/{slug}/diplomacy", "cases/{slug}/seen", "cases/{slug}/ledger", "me/tasks",
)  # fmt: skip


_COUNTED = re.compile(r"[۰-۹]+")


async def all_she_sees(
    coalition: Coalition, visitors: Visitors, slug: str, **beside: str
) -> dict[str, str]:
    """All a mother's phone shows after she has said yes to a statement, to a letter, and in advance to a note."""
    async with coalition.database.session(coalition.mother.person_id) as session:
        await agree_on_sign(session, coalition.mother, WORD, coalition.aunt.person_id)
    action = await coalition.a_statement()
    letter = await coalition.a_statement(kind="diplomatic_outreach", audience=["The ambassador"])
    phone, program = (
        await visitors.browser(coalition.mother),
        await visitors.program(coalition.mother),
    )
    for one in (action, letter):
        await coalition.everybody_clears(one)
        digest = (await coalition.revision(one)).digest
        said = {"digest": digest, "language": "fa", "decision": "yes"} | beside
        assert (await phone.post(f"/actions/{one}/decide", data=said)).status_code == 303
    note = await coalition.a_statement(kind="diplomatic_outreach", audience=["The envoy"])
    await coalition.everybody_clears(note)
    scope = {
        "kinds": "diplomatic_outreach",
        "recipients": "The envoy",
        "languages": ["en", "fa"],
    } | beside
    given = await phone.post(f"/cases/{slug}/in-advance", data=scope)
    assert given.status_code == 303, given.text
    launch = (await planned(coalition, action, note)).id
    shown = {}
    for name, ask in ((PAGES, phone), (CALLS, program)):
        for path in name:
            address = path.format(slug=slug, action=action, letter=letter, note=note, launch=launch)
            answer = await ask.get(address)
            assert answer.status_code == 200, (path, answer.text)
            shown[path] = _COUNTED.sub("·", alike(answer.text).replace(slug, "·"))
    return shown


async def test_no_list_on_the_phone_tells_the_word_from_a_plain_yes(
    app: FastAPI, visitors: Visitors
) -> None:
    one, other = "first-world", "other-world"
    plain = await all_she_sees(await a_coalition(app.state.database, slug=one), visitors, one)
    signed = await all_she_sees(
        await a_coalition(app.state.database, slug=other), visitors, other, word=WORD
    )
    assert {path for path in plain if plain[path] != signed[path]} == set()


async def test_neither_the_record_nor_a_receipt_tells_a_relative_how_another_voted(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready()
    published = (await coalition.publishes(action)).publication
    (given,) = (await coalition.facts(action)).facts.consents
    await coalition.withdraws(coalition.mother, UUID(given.id or ""))
    settings = app.state.settings
    await sign_what_is_new(app.state.database, signer_of(settings), "assent.example/ledger")
    mother, brother = [await visitors.browser(coalition.people[c]) for c in ("mother", "brother")]
    for reader in (mother, brother):
        await reader.get("/language/en")
    own = (await mother.get("/cases/teacher/record")).text
    others = (await brother.get("/cases/teacher/record")).text
    assert "Mother" in own
    assert "Mother" not in others
    assert (await mother.get(f"/cases/teacher/record/{given.seq}")).status_code == 200
    for address in (f"/cases/teacher/record/{given.seq}", f"/cases/teacher/record/{given.seq}/document.txt",
                    f"/receipts/consents/{given.id}"):  # fmt: skip
        assert (await brother.get(address)).status_code == 404, address
    mothers_id = str(coalition.mother.person_id)
    for address in (f"/cases/teacher/record/{published.ledger_index}/document.txt",
                    f"/receipts/publications/{published.id}/document.txt"):  # fmt: skip
        answer = await brother.get(address)
        assert answer.status_code == 200, address
        assert mothers_id not in answer.text
