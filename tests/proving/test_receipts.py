"""Receipts of what was decided, as file, page and sheet, and the record they stand in: for those allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from assent.actions.service import create_action
from assent.gate.roles import Role
from assent.ledger.cosignatures import WitnessSigner
from assent.ledger.notes import LogKey
from assent.ledger.receipts import parse_receipt, unseal
from assent.ledger.trust import Trust
from assent.ledger.verification import verify_receipt
from assent.ledger.witness.memory import Memory
from assent.ledger.witness.server import WitnessServer
from assent.ledger.witness.witness import Witness
from assent.proving import witness_list
from assent.proving.checkpoints import SignedHead, sign_what_is_new
from assent.proving.signer import signer_of
from assent.proving.witness_list import (
    WitnessAt,
    WitnessFileError,
    WitnessList,
    read_witnesses,
)
from assent.proving.witnessing import ask_all, enrol
from tests.coalition import Coalition
from tests.proving.conftest import ORIGIN
from tests.web.visitors import Visitors


@pytest.fixture(autouse=True)
def _no_witnesses() -> Iterator[None]:
    yield
    witness_list.set_current(WitnessList())


async def sign(app: FastAPI) -> SignedHead:
    """What the jobs do within a second."""
    head = await sign_what_is_new(app.state.database, signer_of(app.state.settings), ORIGIN)
    assert head is not None
    return head


def log_key(app: FastAPI) -> LogKey:
    return LogKey(ORIGIN, signer_of(app.state.settings).public)


async def test_a_relatives_receipt_by_program(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    mother = await visitors.program(coalition.mother)
    digest = (await coalition.revision(action)).digest
    said = await mother.post(
        f"actions/{action}/consents", json={"digest": digest, "decision": "yes"}
    )
    path = said.json()["receipt"].removeprefix("/api/v1/")
    assert (await mother.get(path)).status_code == 409
    await sign(app)
    answer = await mother.get(path)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    receipt = parse_receipt(answer.content)
    report = verify_receipt(receipt, Trust((log_key(app),)))
    assert report.is_good, list(report)
    assert receipt.opening is not None
    assert receipt.opening.record["body"]["digest"] == digest
    assert receipt.opening.fields["receipt_id"] == said.json()["id"]
    closed = parse_receipt((await mother.get(path + "?form=bare")).content)
    assert closed.opening is None
    assert verify_receipt(closed, Trust((log_key(app),))).is_good
    for who, status in (("coordinator", 200), ("aunt", 404), ("observer", 404), ("stranger", 404)):
        program = await visitors.program(coalition.people[who])
        assert (await program.get(path)).status_code == status, who
    assert (await (await visitors.nobody()).get(f"/api/v1/{path}")).status_code == 401


async def test_clearances_and_publications_have_receipts_too(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    await coalition.clears(coalition.lantern_officer, action)
    cleared = await coalition.clears(coalition.harbour_officer, action)
    await coalition.clears(coalition.reviewer, action, Role.SAFETY_REVIEWER)
    await coalition.says(coalition.mother, action, "yes")
    published = await coalition.publishes(action)
    await sign(app)
    program = await visitors.program(coalition.observer)
    for path in (f"clearances/{cleared.id}", f"publications/{published.publication.id}"):
        answer = await program.get(f"{path}/receipt")
        assert answer.status_code == 200
        assert verify_receipt(parse_receipt(answer.content), Trust((log_key(app),))).is_good


async def test_a_receipt_as_a_page_a_sheet_and_a_locked_file(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    consent = await coalition.says(coalition.mother, action, "no")
    await sign(app)
    mother = await visitors.browser(coalition.mother)
    address = f"/receipts/consents/{consent.id}"
    assert address in (await mother.get("/said")).text
    page = await mother.get(f"{address}?lang=en")
    assert "data:image/svg+xml" in page.text
    assert "The family decided" in page.text
    assert 'href="/verify?lang=en"' in page.text
    assert 'href="/verify?lang=am"' in (await mother.get(f"{address}?lang=am")).text
    refused = await mother.post(f"{address}/document.txt", data={"passphrase": "short"})
    assert refused.status_code == 422
    file = await mother.post(f"{address}/document.txt", data={"passphrase": "three blue doors"})
    assert 'filename="document.txt"' in file.headers["content-disposition"]
    assert coalition.mother.email not in file.text
    locked = parse_receipt(file.content)
    assert locked.opening is None
    opened = unseal(locked, "three blue doors")
    assert verify_receipt(opened, Trust((log_key(app),))).is_good
    stranger = await visitors.browser(coalition.stranger)
    assert (await stranger.get(address)).status_code == 404
    assert (await mother.get("/receipts/people/" + str(consent.id))).status_code == 404


async def test_the_record_of_a_case_is_read_filtered_and_proven(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    await coalition.says(coalition.mother, action, "yes")
    coordinator = await visitors.browser(coalition.coordinator)
    assert "not signed yet" in (await coordinator.get("/cases/teacher/record?lang=en")).text
    await sign(app)
    page = (await coordinator.get("/cases/teacher/record?lang=en")).text
    for words in ("The family decided", "Mother", "A text was put forward", "Prove it"):
        assert words in page
    filtered = (await coordinator.get("/cases/teacher/record?event=consent_decided")).text
    assert "Mother" in filtered
    assert "A text was put forward</span>" not in filtered
    assert (await coordinator.get("/cases/teacher/record?event=rumour")).status_code == 200
    index = (await (await visitors.program(coalition.coordinator)).get("cases/teacher/ledger?limit=200")).json()["items"][-1]["index"]  # fmt: skip # noqa: E501
    proof = await coordinator.get(f"/cases/teacher/record/{index}?lang=en")
    assert proof.status_code == 200
    file = await coordinator.get(f"/cases/teacher/record/{index}/document.txt")
    assert verify_receipt(parse_receipt(file.content), Trust((log_key(app),))).is_good
    assert (await coordinator.get("/cases/teacher/record/0")).status_code == 404
    for who, status in (("mother", 200), ("drafter", 403), ("stranger", 404)):
        browser = await visitors.browser(coalition.people[who])
        assert (await browser.get("/cases/teacher/record")).status_code == status


async def test_the_record_says_what_was_decided_and_the_printed_sheet_does_not(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    await coalition.clears(coalition.harbour_officer, action, Role.CLEARANCE_OFFICER)
    given = await coalition.says(coalition.mother, action, "no")
    await sign(app)
    coordinator = await visitors.browser(coalition.coordinator)
    for event, said in (("clearance_given", "cleared"), ("consent_decided", "no")):
        page = (await coordinator.get(f"/cases/teacher/record?lang=en&event={event}")).text
        assert f"<strong>{said}</strong>" in page
    mother = await visitors.browser(coalition.mother)
    page = (await mother.get(f"/receipts/consents/{given.id}?lang=en")).text
    assert '<p class="screen">The family decided.' in page


async def test_the_record_tells_no_relative_what_another_has_said(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    given = await coalition.says(coalition.mother, action, "no")
    async with coalition.database.session(coalition.drafter.person_id) as session:
        kept = await create_action(
            session,
            coalition.drafter,
            coalition.case_id,
            "public_statement",
            "Ours",
            "organisation",
        )
    await sign(app)
    for who, status in (("mother", 200), ("coordinator", 200), ("brother", 404)):
        browser = await visitors.browser(coalition.people[who])
        page = (await browser.get("/cases/teacher/record?lang=en&event=consent_decided")).text
        line = f"/cases/teacher/record/{given.ledger_index}"
        assert (f'"{line}"' in page) == (status == 200), who
        for path in (line, f"{line}/document.txt", f"/receipts/consents/{given.id}"):
            assert (await browser.get(path)).status_code == status, (who, path)
    # Nor of what another organisation keeps to itself.
    mother = await visitors.browser(coalition.mother)
    assert (await mother.get(f"/cases/teacher/record/{kept.ledger_index}")).status_code == 404


# -- witnesses --------------------------------------------------------------------------------------


class Witnessed:
    """Two witnesses of this log, in this process, and the list that names them."""

    def __init__(self, app: FastAPI, folder: Path, needed: int = 2) -> None:
        self.app, found = app, []
        self.routes: dict[str, httpx2.AsyncBaseTransport] = {}
        for name in ("harbour.example/witness", "lantern.example/witness"):
            signer = WitnessSigner(name, Ed25519PrivateKey.generate())
            memory = Memory(folder / name.replace("/", "-"))
            witness = Witness(signer, memory, [log_key(app)], lambda: 1_800_000_000.0)
            host = name.partition("/")[0]
            self.routes[f"all://{host}"] = httpx2.ASGITransport(app=WitnessServer(witness))
            found.append(WitnessAt(f"http://{host}", signer.key))
        self.list = WitnessList(tuple(found), needed)
        witness_list.set_current(self.list)

    async def ask(self, *, without: str = "") -> bool:
        """Ask them all; one may be unreachable."""
        async with self.app.state.database.session(job=True) as session:
            await enrol(session, self.list)
        await sign_what_is_new(self.app.state.database, signer_of(self.app.state.settings), ORIGIN)
        async with self.client(without=without) as client:
            return await ask_all(self.app.state.database, self.list.witnesses, client)

    def client(self, *, without: str = "") -> httpx2.AsyncClient:
        """What reaches them, but for one."""
        routes = {
            key: route for key, route in self.routes.items() if not without or without not in key
        }
        return httpx2.AsyncClient(mounts=routes, transport=Nobody())


class Nobody(httpx2.AsyncBaseTransport):
    """A network on which nobody answers."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody is there")


async def test_a_receipt_is_complete_once_enough_witnesses_have_seen_it(
    app: FastAPI, coalition: Coalition, visitors: Visitors, tmp_path: Path
) -> None:
    await sign(app)
    witnesses = Witnessed(app, tmp_path)
    action = await coalition.a_statement()
    consent = await coalition.says(coalition.mother, action, "yes")
    assert not await witnesses.ask(without="lantern")
    mother = await visitors.browser(coalition.mother)
    page = (await mother.get(f"/receipts/consents/{consent.id}?lang=en")).text
    assert "Recorded, not yet witnessed: 1 of 2" in page
    administrator = await visitors.browser(coalition.administrator)
    seen = (await administrator.get("/witnesses?lang=en")).text
    assert "It has not answered yet." in seen
    assert "It has seen everything that was signed." in seen
    assert await witnesses.ask()
    page = (await mother.get(f"/receipts/consents/{consent.id}?lang=en")).text
    assert "2 witnesses outside this server have seen it." in page
    program = await visitors.program(coalition.mother)
    receipt = parse_receipt((await program.get(f"consents/{consent.id}/receipt")).content)
    trust = Trust((log_key(app),), tuple(w.key for w in witnesses.list.witnesses), needed=2)
    report = verify_receipt(receipt, trust, demanded=2)
    assert report.is_good, list(report)
    assert (await (await visitors.nobody()).get("/ledger/checkpoint")).text.count("—") == 3
    for who, status in (("mother", 403), ("stranger", 403)):
        browser = await visitors.browser(coalition.people[who])
        assert (await browser.get("/witnesses")).status_code == status


async def test_enrolling_a_witness_is_on_record_once(
    app: FastAPI, coalition: Coalition, tmp_path: Path
) -> None:
    await sign(app)
    witnesses = Witnessed(app, tmp_path)
    sizes = []
    for _ in range(2):
        async with app.state.database.session(job=True) as session:
            await enrol(session, witnesses.list)
        sizes.append(
            await sign_what_is_new(app.state.database, signer_of(app.state.settings), ORIGIN)
        )
    assert sizes[0] is not None
    assert sizes[1] is None


@pytest.mark.parametrize(
    "text",
    [
        "witnesses: [{address: 'https://a.example', key: nonsense}]",
        "witnesses: [{address: 'https://a.example'}]",
        "needed: 1",
        "needed: true",
        "colour: blue",
        "witnesses: {",
        "cases: {teacher: -1}",
    ],
)
def test_a_list_of_witnesses_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "witnesses.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(WitnessFileError, match=r"witnesses\.yaml"):
        read_witnesses(tmp_path)


def test_a_list_of_witnesses(tmp_path: Path) -> None:
    assert read_witnesses(tmp_path) == WitnessList()
    key = WitnessSigner("harbour.example/witness", Ed25519PrivateKey.generate()).key
    (tmp_path / "witnesses.yaml").write_text(
        f"witnesses: [{{address: 'https://a.example', key: '{key}'}}]\nneeded: 1\ncases: {{quiet: 0}}\n",
        encoding="utf-8",
    )
    found = read_witnesses(tmp_path)
    assert (found.needed_in("teacher"), found.needed_in("quiet")) == (1, 0)
    assert found.witnesses == (WitnessAt("https://a.example", key),)
