"""Relatives' names and addresses are told to family and coordinators; to others they are `family`."""

import json
from typing import Any
from uuid import UUID

from tests.coalition import Coalition
from tests.web.visitors import Visitors

RELATIVES = ("Mother", "Brother", "Uncle", "Aunt", "family.example")
ADDRESSES = [
    "cases/teacher/memberships", "cases/teacher/actions", "cases/teacher/tasks", "actions/{action}",
    "actions/{action}/gate", "actions/{action}/concerns", "actions/{action}/clearances",
    "actions/{action}/deliveries", "me/tasks",
]  # fmt: skip


async def _everything_said(coalition: Coalition) -> UUID:
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    await coalition.says(coalition.mother, action, "yes")
    await coalition.says(coalition.brother, action, "question")
    return action


async def test_those_outside_the_family_read_family(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await _everything_said(coalition)
    aunt = await visitors.program(coalition.aunt)
    await aunt.post(f"actions/{action}/concerns", json={"text": "Please wait"})
    for who in (
        coalition.observer,
        coalition.harbour_officer,
        coalition.reviewer,
        coalition.drafter,
    ):
        program = await visitors.program(who)
        for address in ADDRESSES:
            answer = await program.get(address.format(action=action))
            assert answer.status_code == 200
            assert not [name for name in RELATIVES if name in answer.text], (who.name, address)
    observer = await visitors.program(coalition.observer)
    family = _consent((await observer.get(f"actions/{action}/gate")).json())
    assert family["by"] == [{"person": "family", "organisation": None}]
    assert family["missing_from"] == [
        {"role": "decision_maker", "organisation": None, "person": "family"}
    ]
    [concern] = (await observer.get(f"actions/{action}/concerns")).json()["items"]
    assert concern["by"] == {"person": "family", "organisation": None}
    roles = {
        m["role"]: (m["name"], m["person"])
        for m in (await observer.get("cases/teacher/memberships")).json()["items"]
    }
    assert roles["decision_maker"] == ("family", None)
    assert roles["drafter"][1].endswith("@lantern.example")


async def test_family_and_coordinators_read_names(coalition: Coalition, visitors: Visitors) -> None:
    action = await _everything_said(coalition)
    for who in (coalition.mother, coalition.aunt, coalition.coordinator):
        program = await visitors.program(who)
        family = _consent((await program.get(f"actions/{action}/gate")).json())
        # How another of the family has answered is for coordinators; one's own answer is one's own.
        told = [] if who is coalition.aunt else [{"person": "Mother", "organisation": None}]
        assert family["by"] == told
        members = json.dumps((await program.get("cases/teacher/memberships")).json())
        assert "mother.teacher@family.example" in members


async def test_a_relative_who_left_is_still_not_named(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await _everything_said(coalition)
    aunt, coordinator = (
        await visitors.program(coalition.aunt),
        await visitors.program(coalition.coordinator),
    )
    await aunt.post(f"actions/{action}/concerns", json={"text": "Please wait"})
    members = (await coordinator.get("cases/teacher/memberships")).json()["items"]
    theirs = next(m["id"] for m in members if m["person"] == coalition.aunt.email)
    assert (await coordinator.delete(f"memberships/{theirs}")).status_code == 204
    observer = await visitors.program(coalition.observer)
    [concern] = (await observer.get(f"actions/{action}/concerns")).json()["items"]
    assert concern["by"]["person"] == "family"


async def test_a_shut_gate_hides_names_too(coalition: Coalition, visitors: Visitors) -> None:
    action = await _everything_said(coalition)
    digest = {"digest": (await coalition.revision(action)).digest}
    coordinator = await visitors.program(coalition.coordinator)
    shut = await coordinator.post(
        f"actions/{action}/publication", json=digest, headers={"Idempotency-Key": "k"}
    )
    assert _consent(shut.json())["by"][0]["person"] == "Mother"
    assert (
        shut.json()["requirements"]
        == (await coordinator.get(f"actions/{action}/gate")).json()["requirements"]
    )


def _consent(gate: dict[str, Any]) -> dict[str, Any]:
    return next(dict(r) for r in gate["requirements"] if r["key"] == "consent:family")


async def test_a_change_of_the_arrangement_waits_for_the_family(
    coalition: Coalition, visitors: Visitors
) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    wanted = {
        "rule": "one", "decision_makers": [coalition.uncle.email], "cooling_off_hours": 24,
    }  # fmt: skip
    put = (await coordinator.put("cases/teacher/family-arrangement", json=wanted)).json()
    assert (put["version"], put["rule"], put["cooling_off_hours"]) == (1, "any", 0)
    assert (put["wish"]["version"], put["wish"]["rule"]) == (2, "one")
    assert put["wish"]["decision_makers"] == [coalition.uncle.email]
    mother = await visitors.browser(coalition.mother)
    waits = 'class="button main" href="/cases/teacher/family"'
    assert waits in (await mother.get("/")).text
    page = await mother.get("/cases/teacher/family")
    assert 'action="/cases/teacher/family/answer"' in page.text
    uncle = await visitors.browser(coalition.uncle)
    assert waits not in (await uncle.get("/")).text
    assert "family/answer" not in (await uncle.get("/cases/teacher/family")).text
    observer = await visitors.browser(coalition.observer)
    assert coalition.uncle.name not in (await observer.get("/cases/teacher/family")).text
    said = {"version": "2", "agrees": "yes"}
    assert (await mother.post("/cases/teacher/family/answer", data=said)).status_code == 303
    assert waits not in (await mother.get("/")).text
    brother = await visitors.program(coalition.brother)
    done = await brother.post(
        "cases/teacher/family-arrangement/answer", json={"version": 2, "agrees": True}
    )
    assert (done.status_code, done.json()) == (201, {"in_force": True})
    now = (await brother.get("cases/teacher/family-arrangement")).json()
    assert (now["version"], now["cooling_off_hours"], now["wish"]) == (2, 24, None)
    late = await mother.post("/cases/teacher/family/answer", data=said)
    assert late.status_code == 409
