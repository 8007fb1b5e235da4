"""Each call as a trio, on the same setup: nobody, wrong organisation, right organisation.

And a fourth, where there is one: a member of the case whose role does not include it. The calls are
made in this order in one case.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from assent.people.tokens import end_token, tokens_of
from assent.web.reference import document_of, operations_of
from tests.cases.test_family import counsel_of
from tests.coalition import Coalition, content
from tests.consents.test_readings import SOUND
from tests.web.visitors import Visitors


@dataclass(frozen=True)
class Call:
    """A call, who may make it, and who of the case may not (None: every member may)."""

    method: str
    path: str
    right: str
    wrong_role: str | None = None
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    expected: int = 200

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


KEY = {"Idempotency-Key": "one"}
IN_ADVANCE = {
    "kinds": ["diplomatic_outreach"],
    "audiences": ["The ambassador"],
    "languages": ["en"],
}
WARDEN = {"schema": "Person", "properties": {"name": ["A Warden"]}}
CALLS = [
    Call("GET", "/cases/{case}", "observer"),
    Call("GET", "/cases/{case}/memberships", "observer"),
    Call("POST", "/cases/{case}/memberships", "coordinator", "drafter",
         {"person": "new@family.example", "role": "informed_relative"}, expected=201),
    Call("GET", "/cases/{case}/family-arrangement", "coordinator", "observer"),
    Call("POST", "/cases/{case}/pause", "reviewer", "drafter", expected=201),
    Call("DELETE", "/cases/{case}/pause", "coordinator", "drafter", expected=204),
    Call("GET", "/cases/{case}/actions", "observer"),
    Call("POST", "/cases/{case}/actions", "drafter", "observer",
         {"kind": "public_statement", "title": "Another"}, expected=201),
    Call("GET", "/actions/{action}", "observer"),
    Call("PATCH", "/actions/{action}", "drafter", "observer", {"title": "Renamed"}),
    Call("GET", "/actions/{action}/revisions", "observer"),
    Call("GET", "/actions/{action}/revisions/{number}", "observer"),
    Call("POST", "/actions/{action}/revisions", "drafter", "mother", {"content": content()}, expected=201),
    Call("GET", "/actions/{action}/gate", "observer"),
    Call("GET", "/actions/{action}/draft", "drafter", "mother"),
    Call("PUT", "/actions/{action}/draft", "drafter", "mother", {"form": {}}),
    Call("DELETE", "/actions/{action}/draft", "drafter", "mother", expected=204),
    Call("GET", "/actions/{action}/clearances", "observer"),
    Call("POST", "/actions/{action}/clearances", "harbour_officer", "mother",
         {"digest": "{digest}", "role": "clearance_officer", "decision": "refused", "note": "no"}, expected=201),
    Call("GET", "/actions/{action}/concerns", "observer"),
    Call("POST", "/actions/{action}/concerns", "aunt", "observer", {"text": "Please wait"}, expected=201),
    Call("POST", "/actions/{action}/holds", "reviewer", "coordinator", {"text": "Please wait"}, expected=201),
    Call("POST", "/concerns/{concern}/answer", "coordinator", "mother", {"text": "We wait"}, expected=201),
    Call("GET", "/actions/{action}/taken-back", "observer"),
    Call("POST", "/publications/{publication}/copies", "coordinator", "drafter", {"place": "A mirror"}, expected=201),
    Call("POST", "/publications/{publication}/tellings", "coordinator", "drafter",
         {"step": "00000000-0000-7000-8000-000000000000", "outcome": "told"}, expected=409),
    Call("POST", "/actions/{action}/consent-requests", "coordinator", "drafter", expected=201),
    Call("GET", "/actions/{action}/consents", "mother", "observer"),
    Call("POST", "/actions/{action}/consents", "brother", "coordinator",
         {"digest": "{digest}", "decision": "no"}, expected=201),
    Call("POST", "/consents/{consent}/withdrawal", "mother", "coordinator", expected=201),
    Call("POST", "/actions/{told_action}/taken-down-consents", "coordinator", "drafter",
         {"person": "mother.teacher@family.example", "digest": "{told_digest}", "decision": "question",
          "question": "Who asks?", "how": "phone", "place": "Oslo",
          "attester": "lantern_officer.teacher@lantern.example"}, expected=201),
    Call("POST", "/consents/{taken}/attestation", "lantern_officer", "coordinator", {"attests": True}, expected=201),
    Call("POST", "/consents/{taken}/contest", "mother", expected=201),
    Call("GET", "/consents/{taken}/attachment", "lantern_officer"),
    Call("POST", "/actions/{told_action}/readings", "drafter", "observer", expected=415),
    Call("GET", "/actions/{told_action}/readings", "observer"),
    Call("GET", "/readings/{reading}/file", "observer"),
    Call("POST", "/readings/{reading}/check", "lantern_drafter", "mother", {"fits": True}, expected=201),
    Call("POST", "/consents/{conditional}/acknowledgement", "coordinator", "brother", expected=201),
    Call("POST", "/consents/{question}/answer", "coordinator", "mother", {"text": "Anybody"}, expected=201),
    Call("POST", "/actions/{action}/publication", "coordinator", "harbour_officer",
         {"digest": "{digest}"}, KEY, expected=409),
    Call("GET", "/actions/{action}/deliveries", "observer"),
    Call("POST", "/deliveries/{delivery}/handover", "coordinator", "drafter", expected=409),  # a concern stands
    Call("GET", "/deliveries/{delivery}/proofs", "observer"),
    Call("POST", "/deliveries/{delivery}/proofs", "coordinator", "drafter", expected=409),
    Call("GET", "/deliveries/{delivery}/proofs/{digest}", "observer", expected=404),
    Call("POST", "/deliveries/{delivery}/resolution", "coordinator", "drafter",
         {"outcome": "cancelled"}, expected=409),
    Call("POST", "/publications/{publication}/retraction", "coordinator", "drafter", expected=201),
    Call("GET", "/cases/{case}/tasks", "observer"),
    Call("POST", "/cases/{case}/tasks", "coordinator", "drafter",
         {"title": "Call", "organisation": "harbour"}, expected=201),
    Call("PATCH", "/tasks/{task}", "drafter", "observer", {"done": True}),
    Call("GET", "/cases/{case}/ledger", "coordinator", "drafter"),
    Call("GET", "/cases/{case}/witnesses", "mother", "drafter"),
    Call("PUT", "/cases/{case}/witnesses", "coordinator", "mother", {"needed": 0, "before_release": False}),
    Call("PUT", "/cases/{case}/family-arrangement", "coordinator", "drafter",
         {"rule": "any", "decision_makers": ["mother.teacher@family.example"]}),
    Call("POST", "/cases/{case}/family-arrangement/answer", "mother", "coordinator",
         {"version": 1, "agrees": True}, expected=409),
    Call("GET", "/cases/{case}/launches", "observer"),
    Call("POST", "/cases/{case}/launches", "coordinator", "drafter",
         {"title": "Together", "at": "2030-01-01T09:00:00Z", "actions": []}, expected=422),
    Call("GET", "/launches/{launch}", "observer"),
    Call("POST", "/launches/{launch}/moment", "coordinator", "drafter", {"at": "2031-01-01T09:00:00Z"}, expected=201),
    Call("POST", "/launches/{launch}/reduction", "mother", "coordinator", {"agrees": True}, expected=201),
    Call("POST", "/launches/{launch}/release", "coordinator", "drafter", expected=409),
    Call("POST", "/launches/{launch}/cancellation", "coordinator", "drafter", expected=204),
    Call("GET", "/cases/{case}/seen", "observer"),
    Call("GET", "/cases/{case}/standing-consents", "observer"),
    Call("POST", "/cases/{case}/standing-consents", "mother", "coordinator", IN_ADVANCE, expected=201),
    Call("POST", "/standing-consents/{standing}/answer", "brother", "coordinator", {"agrees": True}, expected=201),
    Call("POST", "/standing-consents/{standing}/trigger", "drafter", "observer", expected=409),
    Call("POST", "/standing-consents/{standing}/withdrawal", "mother", "coordinator", expected=201),
    Call("POST", "/cases/{case}/absences", "coordinator", "drafter",
         {"person": "brother.teacher@family.example", "since": "2026-11-20"}, expected=201),
    Call("POST", "/absences/{absence}/end", "mother", "counsel", expected=201),
    Call("GET", "/cases/{case}/detainee-wishes", "mother", "observer"),
    Call("POST", "/cases/{case}/detainee-wishes", "counsel", "mother",
         {"says": "no", "known_through": "lawyer", "trust": "imposed"}, expected=201),
    Call("POST", "/cases/{case}/contact", "counsel", "drafter", {"incommunicado": True, "since": "2026"}, expected=201),
    Call("GET", "/cases/{case}/events", "observer"),
    Call("POST", "/cases/{case}/events", "drafter", "observer",
         {"kind": "visit", "happened_on": "2026", "title": "A visit"}, expected=201),
    Call("GET", "/cases/{case}/postures", "observer"),
    Call("POST", "/cases/{case}/postures", "coordinator", "drafter",
         {"posture": "quiet", "reason": "The appeal.", "owner": "drafter.teacher@harbour.example",
          "review_on": "1999-01-01"}, expected=422),
    Call("POST", "/actions/{action}/later", "mother", "coordinator", expected=201),
    Call("GET", "/actions/{action}/revisions/{number}/document", "observer"),
    Call("GET", "/actions/{action}/steps", "observer"),
    Call("POST", "/actions/{action}/steps", "drafter", "observer",
         {"step": "filed", "happened_on": "2026-11-20"}, expected=409),
    Call("GET", "/cases/{case}/diplomacy", "observer"),
    Call("POST", "/cases/{case}/meetings", "drafter", "observer",
         {"side": "home", "body": "The foreign ministry", "held_on": "2026-11-20"}, expected=201),
    Call("POST", "/cases/{case}/meetings/{meeting}/notes", "drafter", "observer",
         {"text": "They listened."}, expected=201),
    Call("GET", "/cases/{case}/authorities", "observer"),
    Call("POST", "/cases/{case}/authorities", "drafter", "observer",
         {"side": "home", "sort": "envoy", "name": "The envoy"}, expected=201),
    Call("PATCH", "/authorities/{authority}", "drafter", "observer", {"notes": "Since May."}),
    Call("GET", "/cases/{case}/contacts", "observer"),
    Call("POST", "/cases/{case}/contacts", "drafter", "observer", {"name": "A desk officer"}, expected=201),
    Call("GET", "/contacts/{contact}", "observer"),
    Call("PATCH", "/contacts/{contact}", "drafter", "observer", {"office": "Consular section"}),
    Call("GET", "/clearances/{clearance}/receipt", "observer", expected=409),
    Call("GET", "/consents/{consent}/receipt", "mother", expected=409),
    Call("GET", "/publications/{publication}/receipt", "observer", expected=409),
    Call("GET", "/cases/{case}/erasures", "observer"),
    Call("POST", "/cases/{case}/erasures", "aunt", "drafter", {"own": True}, expected=201),
    Call("POST", "/erasures/{erasure}/agreement", "reviewer", "drafter", expected=201),
    Call("POST", "/erasures/{erasure}/stop", "mother", "observer", expected=201),
    Call("GET", "/cases/{case}/evidence", "observer"),
    Call("POST", "/cases/{case}/evidence", "drafter", "observer", expected=415),
    Call("POST", "/cases/{case}/uploads", "drafter", "observer",
         {"name": "a", "size": 4, "title": "A letter", "tier": "primary"}, expected=201),
    Call("GET", "/uploads/{upload}", "drafter"),
    Call("PATCH", "/uploads/{upload}", "drafter", headers={"Upload-Offset": "0"}),
    Call("POST", "/uploads/{upload}/completion", "drafter", expected=409),
    Call("DELETE", "/uploads/{upload}", "drafter", expected=204),
    Call("GET", "/evidence/{evidence}", "observer"),
    Call("GET", "/evidence/{evidence}/file", "observer"),
    Call("PUT", "/evidence/{evidence}/source", "drafter", "observer", {"source": "A guard"}, expected=204),
    Call("GET", "/evidence/{evidence}/source", "drafter"),
    Call("POST", "/evidence/{evidence}/source/readers", "drafter", None,
         {"person": "coordinator.teacher@harbour.example"}, expected=204),
    Call("GET", "/evidence/{evidence}/agreements", "observer"),
    Call("POST", "/evidence/{evidence}/agreements", "drafter", "observer",
         {"country": "GB", "agrees": True}, expected=201),
    Call("GET", "/cases/{case}/targets", "observer", "aunt"),
    Call("GET", "/cases/{case}/targets/ftm", "observer", "aunt"),
    Call("POST", "/cases/{case}/targets", "drafter", "observer", WARDEN, expected=201),
    Call("POST", "/cases/{case}/targets/import", "drafter", "observer", expected=422),
    Call("GET", "/targets/{target}", "observer", "aunt"),
    Call("PUT", "/targets/{target}", "drafter", "observer", WARDEN),
    Call("POST", "/targets/{target}/merge", "drafter", "observer", {"other": "{other_target}"}),
    Call("DELETE", "/targets/{merged_target}/merge", "drafter", "observer"),
    Call("DELETE", "/targets/{other_target}", "drafter", "observer", expected=204),
    Call("POST", "/targets/{target}/copies", "drafter", None, {"case": "teacher"}, expected=409),
    Call("GET", "/cases/{case}/matrix", "observer", "aunt"),
    Call("POST", "/targets/{target}/dossiers", "drafter", "observer", {"jurisdiction": "eu"}, expected=201),
    Call("GET", "/dossiers/{dossier}", "observer", "aunt"),
    Call("PATCH", "/dossiers/{dossier}", "drafter", "observer", {"answers": {}}),
    Call("POST", "/dossiers/{dossier}/revision", "drafter", "observer", expected=409),
    Call("POST", "/dossiers/{dossier}/announcement", "drafter", "observer", expected=201),
    Call("GET", "/dossiers/{dossier}/document", "observer", "aunt", expected=404),
    Call("GET", "/dossiers/{dossier}/exhibits", "observer", "aunt", expected=404),
    Call("GET", "/targets/{target}/screenings", "observer", "aunt"),
    Call("POST", "/targets/{target}/screenings", "drafter", "observer", {"source": "file"}, expected=503),
    Call("POST", "/screenings/{screening}/decisions", "drafter", "observer",
         {"candidate": "Q1", "decision": "same"}, expected=201),
    Call("GET", "/targets/{target}/listings", "observer", "aunt"),
    Call("POST", "/targets/{target}/listings", "drafter", "observer",
         {"jurisdiction": "uk", "status": "filed"}, expected=201),
    Call("GET", "/targets/{target}/claims", "observer", "aunt"),
    Call("POST", "/targets/{target}/claims", "drafter", "observer",
         {"part": "abuse", "statement": "He ordered it."}, expected=201),
    Call("POST", "/claims/{claim}/exhibits", "drafter", "observer",
         {"title": "A report", "tier": "credible", "address": "https://example.org"}, expected=201),
    Call("PUT", "/claims/{claim}/texts/fr", "drafter", "observer", {"statement": "Il l’a ordonné."}, expected=204),
    Call("DELETE", "/exhibits/{exhibit}", "drafter", "observer", expected=204),
    Call("DELETE", "/claims/{claim}", "drafter", "observer", expected=204),
    Call("DELETE", "/memberships/{membership}", "coordinator", "drafter", expected=204),
    Call("GET", "/organisations/{organisation}/staff", "administrator", "observer"),
    Call("POST", "/organisations/{organisation}/staff", "administrator", "observer",
         {"email": "new@lantern.example", "name": "Noor"}, expected=201),
    Call("PATCH", "/organisations/{organisation}/staff/{person}", "administrator", "observer",
         {"administrator": False}),
    Call("GET", "/organisations/{organisation}/provider", "administrator", "observer", expected=404),
    Call("PUT", "/organisations/{organisation}/provider", "administrator", "observer",
         {"issuer": "http://nowhere", "client_id": "a", "email_domains": []}, expected=422),
    Call("DELETE", "/organisations/{organisation}/provider", "administrator", "observer", expected=404),
    Call("DELETE", "/organisations/{organisation}/staff/{person}", "administrator", "observer", expected=204),
]  # fmt: skip
# What everybody may ask for: it answers with what is the caller's own, or shows nothing of anybody's.
OWN = {
    ("GET", "/me"),
    ("GET", "/me/tasks"),
    ("GET", "/me/devices"),
    ("POST", "/me/devices/{device}/disowning"),
    ("GET", "/organisations"),
    ("GET", "/jurisdictions"),
    ("GET", "/ledger/checkpoint"),
    ("GET", "/ledger/entries/{n}/proof"),
    ("GET", "/cases"),
    ("POST", "/cases"),
}
# Ids of one kind stand under several names in the table.
SAME = {
    "{told_action}": "{action}",
    "{taken}": "{consent}",
    "{merged_target}": "{target}",
    "{other_target}": "{target}", "/texts/fr": "/texts/{language}", "{question}": "{consent}",
    "{conditional}": "{consent}",
    "/deliveries/{delivery}/proofs/{digest}": "/deliveries/{delivery}/proofs/{sha256}",
    "/consents/{consent}/receipt": "/consents/{record}/receipt",
    "/clearances/{clearance}/receipt": "/clearances/{record}/receipt",
    "/publications/{publication}/receipt": "/publications/{record}/receipt",
}  # fmt: skip


async def _setup(coalition: Coalition, visitors: Visitors) -> dict[str, str]:
    """A case in which something of every kind is on record."""
    coordinator, mother = (
        await visitors.program(coalition.coordinator),
        await visitors.program(coalition.mother),
    )
    sent = await coalition.ready(kind="diplomatic_outreach", audience=["The ambassador"])
    published = await coalition.publishes(sent)
    [delivery] = (await coordinator.get(f"actions/{sent}/deliveries")).json()["items"]
    asked = await coalition.a_statement()
    question = await coalition.says(coalition.mother, asked, "question")
    conditional = await coalition.says(
        coalition.brother, asked, "yes_with_conditions", conditions=[{"kind": "no_name"}]
    )
    action = await coalition.ready()
    [consent] = (await mother.get(f"actions/{action}/consents")).json()["items"]
    concern = (
        await (await visitors.program(coalition.aunt)).post(
            f"actions/{asked}/concerns", json={"text": "Hm"}
        )
    ).json()
    await counsel_of(coalition)
    standing = await mother.post("cases/teacher/standing-consents", json=IN_ADVANCE)
    away = {"person": coalition.mother.email, "since": "2026-11-20"}
    absence = await coordinator.post("cases/teacher/absences", json=away)
    task = (
        await coordinator.post(
            "cases/teacher/tasks", json={"title": "Call", "assignee": coalition.drafter.email}
        )
    ).json()
    together = {"title": "Together", "at": "2030-01-01T09:00:00Z", "actions": [str(asked)]}
    launch = await coordinator.post("cases/teacher/launches", json=together)
    drafter = await visitors.program(coalition.drafter)
    letter = {"title": "A letter", "tier": "primary", "visibility": "case"}
    evidence = await drafter.post(
        "cases/teacher/evidence", data=letter, files={"file": ("letter.txt", b"words")}
    )
    target, other_target = [
        (await drafter.post("cases/teacher/targets", json=WARDEN)).json()["id"] for _ in range(2)
    ]
    claim = await drafter.post(
        f"targets/{target}/claims", json={"part": "abuse", "statement": "He ordered it."}
    )
    report = {"title": "A report", "tier": "credible", "address": "https://example.org"}
    exhibit = await drafter.post(f"claims/{claim.json()['id']}/exhibits", json=report)
    dossier = (await drafter.post(f"targets/{target}/dossiers", json={"jurisdiction": "uk"})).json()
    await drafter.patch(f"actions/{dossier['action']}", json={"visibility": "case"})
    screening = await coalition.a_screening(UUID(target))
    meeting = await drafter.post(
        "cases/teacher/meetings",
        json={"side": "home", "body": "The foreign ministry", "held_on": "2026-11-20"},
    )
    envoy = await drafter.post(
        "cases/teacher/authorities", json={"side": "home", "sort": "envoy", "name": "The envoy"}
    )
    contact = await drafter.post(
        "cases/teacher/contacts", json={"name": "A secretary", "visibility": "case"}
    )
    erasure = await coordinator.post("cases/teacher/erasures", json={})
    [clearance, *_] = (await coordinator.get(f"actions/{action}/clearances")).json()["items"]
    upload = await drafter.post("cases/teacher/uploads", json=letter | {"name": "a", "size": 400})
    members = (await coordinator.get("cases/teacher/memberships")).json()["items"]
    observer = next(
        m for m in members if m["role"] == "counsel" or m["role"] == "informed_relative"
    )
    told = await coalition.a_statement()
    told_digest = (await coalition.revision(told)).digest
    sound = {"file": ("aloud.mp3", SOUND)}
    reading = await drafter.post(
        f"actions/{told}/readings", data={"digest": told_digest, "language": "fa"}, files=sound
    )
    scan = {"title": "A call", "tier": "primary", "visibility": "family"}
    kept = await coordinator.post("cases/teacher/evidence", data=scan, files=sound)
    taken = await coordinator.post(
        f"actions/{told}/taken-down-consents",
        json={
            "person": coalition.mother.email, "digest": told_digest, "decision": "yes", "how": "phone",
            "place": "Oslo", "attester": coalition.lantern_officer.email, "attachment": kept.json()["sha256"],
        },
    )  # fmt: skip
    return {
        "told_action": str(told), "told_digest": told_digest, "taken": taken.json()["id"],
        "reading": reading.json()["id"],
        "standing": standing.json()["id"], "meeting": meeting.json()["id"],
        "authority": envoy.json()["id"], "contact": contact.json()["id"],
        "erasure": erasure.json()["id"], "clearance": clearance["id"],
        "absence": absence.json()["id"],
        "case": "teacher", "action": str(action), "number": "1", "membership": observer["id"],
        "concern": concern["id"], "consent": consent["id"], "question": str(question.id),
        "conditional": str(conditional.id), "organisation": "lantern",
        "person": str(coalition.lantern_drafter.person_id),
        "launch": launch.json()["id"], "evidence": evidence.json()["id"], "upload": upload.json()["id"],
        "target": target, "other_target": other_target, "merged_target": other_target,
        "claim": claim.json()["id"], "exhibit": exhibit.json()["id"],
        "dossier": dossier["id"], "screening": str(screening),
        "publication": str(published.publication.id), "delivery": delivery["id"], "task": task["id"],
        "digest": (await coalition.revision(action)).digest,
    }  # fmt: skip


async def _make(client: httpx2.AsyncClient, call: Call, names: dict[str, str]) -> httpx2.Response:
    body = {
        key: value.format(**names) if isinstance(value, str) else value
        for key, value in call.body.items()
    }
    sent = body if call.method in ("POST", "PUT", "PATCH") else None
    url = f"/api/v1{call.path.format(**names)}"
    return await client.request(
        call.method, str(client.base_url.copy_with(path=url)), json=sent, headers=call.headers
    )


async def test_only_who_may_does(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    names = await _setup(coalition, visitors)
    nowhere = {key: _absent(key, value) for key, value in names.items()}
    nobody, stranger = await visitors.nobody(), await visitors.program(coalition.stranger)
    members = {
        name: await visitors.program(coalition.people[name])
        for name in {call.right for call in CALLS}
        | {call.wrong_role for call in CALLS if call.wrong_role}
    }
    for call in CALLS:
        with subtests.test(str(call)):
            assert (await _make(nobody, call, names)).status_code == 401
            hidden, absent = (
                await _make(stranger, call, names),
                await _make(stranger, call, nowhere),
            )
            assert hidden.status_code == absent.status_code == 404
            assert hidden.json() == absent.json()
            if call.wrong_role is not None:
                refused = await _make(members[call.wrong_role], call, names)
                assert refused.status_code == 403, refused.text
            answer = await _make(members[call.right], call, names)
            assert answer.status_code == call.expected, answer.text


def _absent(key: str, value: str) -> str:
    """The same address for something that does not exist at all."""
    if key == "number":
        return value
    if key in ("case", "organisation"):
        return "no-such-one"
    return value if key == "digest" else "01890000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(("method", "path"), sorted(OWN))
async def test_nobody_has_nothing_of_their_own(method: str, path: str, visitors: Visitors) -> None:
    answer = await (await visitors.nobody()).request(
        method, f"/api/v1{path}", json={} if method == "POST" else None
    )
    assert answer.status_code == 401


async def test_a_stranger_sees_only_what_is_theirs(
    coalition: Coalition, visitors: Visitors
) -> None:
    stranger = await visitors.program(coalition.stranger)
    assert (await stranger.get("cases")).json() == {"items": [], "next": None}
    assert (await stranger.get("me")).json()["memberships"] == []
    assert [o["slug"] for o in (await stranger.get("organisations")).json()["items"]] == ["outside"]
    member = await visitors.program(coalition.observer)
    assert [o["slug"] for o in (await member.get("organisations")).json()["items"]] == [
        "harbour",
        "lantern",
    ]


async def test_a_relative_opens_no_case(coalition: Coalition, visitors: Visitors) -> None:
    mother = await visitors.program(coalition.mother)
    wanted = {
        "slug": "mine",
        "title": "Mine",
        "detained_person": {"name": "Him"},
        "detaining_state": "IR",
    }
    assert (await mother.post("cases", json=wanted)).status_code == 403


def test_no_call_is_left_out(app: FastAPI) -> None:
    known = {(call.method, _unified(call.path)) for call in CALLS} | OWN
    described = {
        (method, path.removeprefix("/api/v1"))
        for path, method, _ in operations_of(document_of(app))
    }
    assert described == known


def _unified(path: str) -> str:
    for name, same in SAME.items():
        path = path.replace(name, same)
    return path


async def test_rights_end_with_the_membership(coalition: Coalition, visitors: Visitors) -> None:
    coordinator, observer = (
        await visitors.program(coalition.coordinator),
        await visitors.program(coalition.observer),
    )
    assert (await observer.get("cases/teacher")).status_code == 200
    members = (await coordinator.get("cases/teacher/memberships")).json()["items"]
    theirs = next(m["id"] for m in members if m["person"] == coalition.observer.email)
    assert (await coordinator.delete(f"memberships/{theirs}")).status_code == 204
    assert (await observer.get("cases/teacher")).status_code == 404
    assert (await observer.get("me")).json()["memberships"] == []


async def test_an_ended_token_opens_nothing(coalition: Coalition, visitors: Visitors) -> None:
    program = await visitors.program(coalition.mother)
    assert (await program.get("me")).status_code == 200
    async with visitors.database.session(coalition.mother.person_id) as session:
        for line in await tokens_of(session, coalition.mother):
            await end_token(session, coalition.mother, line.id)
    assert (await program.get("me")).status_code == 401
