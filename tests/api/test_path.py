"""From a draft to a published statement and back, call by call."""

from typing import Any

import httpx2

from assent.gate.content import parse_content
from tests.coalition import STATEMENT, Coalition, content
from tests.web.visitors import Visitors

KEY = {"Idempotency-Key": "the-first-release"}


async def _made(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_statement_goes_out_only_with_everything_on_record(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    begun = await _made(
        await drafter.post(
            "cases/teacher/actions", json={"kind": "public_statement", "title": "A word"}
        )
    )
    assert begun["state"] == "drafting"
    assert begun["case"] == "teacher"
    assert begun["lead_organisation"] == "harbour"
    assert begun["author"] == {"person": "Drafter", "organisation": "harbour"}
    assert begun["revision"] is None
    here = f"actions/{begun['id']}"

    revision = await _made(await drafter.post(f"{here}/revisions", json={"content": content()}))
    assert revision["number"] == 1
    assert revision["digest"] == parse_content(content()).digest
    digest = {"digest": revision["digest"]}

    coordinator = await visitors.program(coalition.coordinator)
    shut = await coordinator.post(f"{here}/publication", json=digest, headers=KEY)
    assert shut.status_code == 409
    assert shut.headers["content-type"] == "application/problem+json"
    unmet = {r["key"] for r in shut.json()["requirements"] if not r["met"]}
    assert unmet == {
        "clearance:clearance_officer:harbour",
        "clearance:clearance_officer:lantern",
        "clearance:safety_reviewer",
        "consent:family",
    }
    gate = (await coordinator.get(f"{here}/gate")).json()
    assert gate["open"] is False
    assert gate["digest"] == revision["digest"]
    assert shut.json()["requirements"] == gate["requirements"]

    for who, role in [
        (coalition.harbour_officer, "clearance_officer"),
        (coalition.lantern_officer, "clearance_officer"),
        (coalition.reviewer, "safety_reviewer"),
    ]:
        program = await visitors.program(who)
        risks = {"en": "Visits may stop."} if role == "safety_reviewer" else {}
        cleared = digest | {"role": role, "decision": "cleared", "risks": risks}
        await _made(await program.post(f"{here}/clearances", json=cleared))

    mother = await visitors.program(coalition.mother)
    asked = await _made(await coordinator.post(f"{here}/consent-requests"))
    assert asked == {"asked": 2}
    shown = (await mother.get(here)).json()
    assert shown["revision"]["content"]["languages"] == STATEMENT
    assert shown["state"] == "gated"
    consent = await _made(
        await mother.post(
            f"{here}/consents",
            json=digest | {"decision": "yes", "language": "fa", "conditions": []},
        )
    )

    assert (await coordinator.get(f"{here}/gate")).json()["open"] is True
    assert (await coordinator.get(here)).json()["state"] == "open"
    out = await _made(await coordinator.post(f"{here}/publication", json=digest, headers=KEY))
    assert "/s/" in out["url"]
    again = await _made(await coordinator.post(f"{here}/publication", json=digest, headers=KEY))
    assert again == out
    other_key = await coordinator.post(
        f"{here}/publication", json=digest, headers={"Idempotency-Key": "another"}
    )
    assert other_key.status_code == 409
    assert other_key.json()["type"].endswith("already-published")

    released = (await mother.get(here)).json()
    assert released["state"] == "released"
    assert released["publication"]["url"] == out["url"]
    assert released["publication"]["retracted_at"] is None

    withdrawn = await _made(await mother.post(f"consents/{consent['id']}/withdrawal", json={}))
    assert withdrawn["consent"] == consent["id"]
    assert (await mother.post(f"consents/{consent['id']}/withdrawal")).json() == withdrawn
    after = (await coordinator.get(here)).json()
    assert after["state"] == "retracted"
    assert after["publication"]["retracted_at"] is not None
    tasks = (await coordinator.get("me/tasks")).json()["items"]
    assert "retraction" in {task["kind"] for task in tasks}

    entries = (await coordinator.get("cases/teacher/ledger?limit=200")).json()["items"]
    events = [entry["event"] for entry in entries]
    order = [
        "action_created",
        "revision_submitted",
        "clearance_given",
        "consent_decided",
        "published",
        "consent_withdrawn",
    ]
    assert [event for event in events if event in order and events.index(event) >= 0][:2] == order[
        :2
    ]
    assert sorted(order, key=events.index) == order
    assert [entry["index"] for entry in entries] == sorted(entry["index"] for entry in entries)
    decided = next(entry for entry in entries if entry["event"] == "consent_decided")
    assert decided["actor"] == {"person": "Mother", "organisation": None}
    assert decided["action"] == begun["id"]
    assert decided["at"].endswith("Z")


async def test_a_text_that_changed_is_nobodys_yes(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.ready()
    old = (await coalition.revision(action)).digest
    drafter, mother = (
        await visitors.program(coalition.drafter),
        await visitors.program(coalition.mother),
    )
    changed = content(
        languages={"en": {"title": "Free the teacher now", "body": "Let her go home."}}
    )
    new = (await drafter.post(f"actions/{action}/revisions", json={"content": changed})).json()
    assert (new["number"], new["created"]) == (2, True)
    same = (await drafter.post(f"actions/{action}/revisions", json={"content": changed})).json()
    assert (same["id"], same["created"]) == (new["id"], False)

    stale = await mother.post(f"actions/{action}/consents", json={"digest": old, "decision": "yes"})
    assert stale.status_code == 409
    assert stale.json()["type"].endswith("stale-digest")
    assert stale.json()["latest"] == {"number": 2, "digest": new["digest"]}
    officer = await visitors.program(coalition.harbour_officer)
    cleared = {"digest": old, "role": "clearance_officer", "decision": "cleared"}
    assert (await officer.post(f"actions/{action}/clearances", json=cleared)).json()["latest"][
        "number"
    ] == 2
    coordinator = await visitors.program(coalition.coordinator)
    released = await coordinator.post(
        f"actions/{action}/publication", json={"digest": old}, headers=KEY
    )
    assert released.status_code == 409
    assert released.json()["latest"]["digest"] == new["digest"]
    listed = (await drafter.get(f"actions/{action}/revisions")).json()["items"]
    assert [revision["number"] for revision in listed] == [1, 2]
    assert (await drafter.get(f"actions/{action}/revisions/1")).json()["digest"] == old


async def test_a_pause_a_concern_and_a_hold_stop_everything(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready()
    digest = {"digest": (await coalition.revision(action)).digest}
    coordinator, aunt = (
        await visitors.program(coalition.coordinator),
        await visitors.program(coalition.aunt),
    )
    mother, reviewer = (
        await visitors.program(coalition.mother),
        await visitors.program(coalition.reviewer),
    )

    async def unmet() -> set[str]:
        shut = await coordinator.post(f"actions/{action}/publication", json=digest, headers=KEY)
        assert shut.status_code == 409
        return {r["key"] for r in shut.json()["requirements"] if not r["met"]}

    paused = await _made(
        await mother.post("cases/teacher/pause", json={"reason": "He is being moved"})
    )
    assert paused["by_family"] is True
    assert await unmet() == {"pause"}
    assert (await coordinator.get("cases/teacher")).json()["paused"] is True
    assert (await coordinator.delete("cases/teacher/pause")).status_code == 403
    assert (await mother.delete("cases/teacher/pause")).status_code == 204
    assert (await mother.delete("cases/teacher/pause")).status_code == 409

    concern = await _made(
        await aunt.post(f"actions/{action}/concerns", json={"text": "Not this week"})
    )
    assert await unmet() == {"concern:open"}
    await _made(
        await coordinator.post(
            f"concerns/{concern['id']}/answer", json={"text": "We wait until Monday."}
        )
    )

    hold = await _made(
        await reviewer.post(f"actions/{action}/holds", json={"text": "The source is named"})
    )
    assert hold["kind"] == "hold"
    assert await unmet() == {"hold:open"}
    assert (
        await coordinator.post(f"concerns/{hold['id']}/answer", json={"text": "No"})
    ).status_code == 403
    await _made(
        await reviewer.post(f"concerns/{hold['id']}/answer", json={"text": "It was removed."})
    )
    listed = (await aunt.get(f"actions/{action}/concerns")).json()["items"]
    assert [item["answer"]["text"] for item in listed] == [
        "We wait until Monday.",
        "It was removed.",
    ]

    await _made(await coordinator.post(f"actions/{action}/publication", json=digest, headers=KEY))


async def test_a_question_is_answered_and_still_shuts_the_gate(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    digest = {"digest": (await coalition.revision(action)).digest}
    mother, coordinator = (
        await visitors.program(coalition.mother),
        await visitors.program(coalition.coordinator),
    )
    asked = await _made(
        await mother.post(
            f"actions/{action}/consents",
            json=digest | {"decision": "question", "question": "Who sees it?"},
        )
    )
    await _made(await coordinator.post(f"consents/{asked['id']}/answer", json={"text": "Anybody."}))
    gate = (await coordinator.get(f"actions/{action}/gate")).json()
    family = next(r for r in gate["requirements"] if r["key"] == "consent:family")
    assert family["met"] is False
    assert family["why"] == "The family has a question."
    seen = (await mother.get(f"actions/{action}/consents")).json()["items"]
    assert [(d["decision"], d["question"]) for d in seen] == [("question", "Who sees it?")]


async def test_a_case_from_nothing(coalition: Coalition, visitors: Visitors) -> None:
    stranger = await visitors.program(coalition.stranger)
    wanted = {
        "slug": "a-poet",
        "title": "The poet",
        "detained_person": {
            "name": "A Poet",
            "names": {"ru": "Поэт"},
            "born": "1987",
            "nationalities": ["FR"],
        },
        "detaining_state": "BY",
        "posture": "quiet",
    }
    case = await _made(await stranger.post("cases", json=wanted))
    assert {key: case[key] for key in wanted} == wanted
    assert (await stranger.get("cases/a-poet")).json() == case
    assert (await stranger.get(f"cases/{case['id']}")).json() == case

    sister = {
        "person": "sister@family.example",
        "role": "decision_maker",
        "name": "Sister",
        "language": "ru",
    }
    given = await _made(await stranger.post("cases/a-poet/memberships", json=sister))
    assert (given["person"], given["role"], given["organisation"]) == (
        "sister@family.example",
        "decision_maker",
        None,
    )
    assert (await stranger.get("cases/a-poet/family-arrangement")).status_code == 404
    arrangement = {
        "rule": "one",
        "quorum": None,
        "decision_makers": ["sister@family.example"],
        "alternates": [],
    }
    put = await stranger.put("cases/a-poet/family-arrangement", json=arrangement)
    assert put.status_code == 200, put.text
    got = (await stranger.get("cases/a-poet/family-arrangement")).json()
    assert got == put.json() == arrangement | {
        "version": 1, "cooling_off_hours": 0, "wish": None, "stand_in_after_hours": None, "asks_again": [],
        "shows_votes": False, "grounds": {"sister@family.example": "next_of_kin"}, "sentences": got["sentences"],
        "absences": [], "detainee_wishes": [], "incommunicado_since": None,
    }  # fmt: skip
    me = (await stranger.get("me")).json()
    assert [(m["case"], m["role"]) for m in me["memberships"]] == [("a-poet", "coordinator")]
    assert (await stranger.delete(f"memberships/{given['id']}")).status_code == 204
    assert [
        m["role"] for m in (await stranger.get("cases/a-poet/memberships")).json()["items"]
    ] == ["coordinator"]
    assert (await stranger.delete(f"memberships/{me['memberships'][0]['id']}")).status_code == 409


async def test_tasks_are_given_and_done(coalition: Coalition, visitors: Visitors) -> None:
    coordinator, observer = (
        await visitors.program(coalition.coordinator),
        await visitors.program(coalition.observer),
    )
    wanted = {
        "title": "Call the school",
        "assignee": coalition.drafter.email,
        "due_on": "2099-01-01",
    }
    task = await _made(await coordinator.post("cases/teacher/tasks", json=wanted))
    assert (task["title"], task["due_on"], task["case"]) == (
        "Call the school",
        "2099-01-01",
        "teacher",
    )
    drafter = await visitors.program(coalition.drafter)
    assert [t["id"] for t in (await drafter.get("me/tasks")).json()["items"]] == [task["id"]]
    assert (await observer.patch(f"tasks/{task['id']}", json={"done": True})).status_code == 403
    done = await drafter.patch(f"tasks/{task['id']}", json={"done": True})
    assert done.status_code == 200
    assert done.json()["closed_at"] is not None
    assert (await drafter.get("me/tasks")).json()["items"] == []
    assert [t["id"] for t in (await drafter.get("cases/teacher/tasks")).json()["items"]] == [
        task["id"]
    ]


async def test_drafts_are_kept_for_each_writer(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.an_action()
    here = f"actions/{action}/draft"
    drafter, other = (
        await visitors.program(coalition.drafter),
        await visitors.program(coalition.lantern_drafter),
    )
    assert (await drafter.get(here)).json() == {"mine": None, "others": []}
    unfinished = {"languages": {"en": {"title": "Fre"}}}
    for version in (1, 2):
        saved = await drafter.put(here, json={"form": unfinished})
        assert (saved.status_code, saved.json()["version"]) == (200, version)
    await other.put(here, json={"form": {"languages": {}}})
    seen = (await other.get(here)).json()
    assert seen["mine"]["form"] == {"languages": {}}
    assert [(d["person"], d["form"]) for d in seen["others"]] == [("Drafter", unfinished)]
    assert (await drafter.delete(here)).status_code == 204
    assert (await drafter.get(here)).json()["mine"] is None


async def test_an_action_is_renamed_and_shared(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.an_action(visibility="organisation")
    drafter, mother = (
        await visitors.program(coalition.drafter),
        await visitors.program(coalition.mother),
    )
    assert (await mother.get(f"actions/{action}")).status_code == 404
    changed = await drafter.patch(
        f"actions/{action}", json={"title": "A clearer name", "visibility": "case"}
    )
    assert changed.status_code == 200
    assert (await mother.get(f"actions/{action}")).json()["title"] == "A clearer name"


async def test_a_delivery_is_followed_to_its_end(coalition: Coalition, visitors: Visitors) -> None:
    action = await coalition.ready(kind="diplomatic_outreach", audience=["The ambassador"])
    digest = {"digest": (await coalition.revision(action)).digest}
    coordinator = await visitors.program(coalition.coordinator)
    out = await _made(
        await coordinator.post(f"actions/{action}/publication", json=digest, headers=KEY)
    )
    assert out["url"].endswith(f"/actions/{action}")
    [delivery] = (await coordinator.get(f"actions/{action}/deliveries")).json()["items"]
    assert (delivery["recipient"], delivery["channel"], delivery["state"]) == (
        "The ambassador",
        "by_hand",
        "pending",
    )
    assert (await coordinator.post(f"deliveries/{delivery['id']}/handover")).status_code == 204
    assert (await coordinator.post(f"deliveries/{delivery['id']}/handover")).status_code == 409
    settled = await coordinator.post(
        f"deliveries/{delivery['id']}/resolution", json={"outcome": "again"}
    )
    assert settled.status_code == 409
    [delivery] = (await coordinator.get(f"actions/{action}/deliveries")).json()["items"]
    assert delivery["state"] == "handed_over"
    taken = await _made(await coordinator.post(f"publications/{out['id']}/retraction"))
    assert taken["cause"] == "coordinator"
    assert (
        await coordinator.post(f"publications/{out['id']}/retraction", json={})
    ).status_code == 409
