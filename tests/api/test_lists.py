"""Lists come in parts, in one order, each item once, whatever happens in between."""

import pytest

from tests.coalition import Coalition, a_coalition
from tests.web.visitors import Visitors


async def test_a_list_is_read_in_parts(coalition: Coalition, visitors: Visitors) -> None:
    drafter = await visitors.program(coalition.drafter)
    made = []
    for number in range(7):
        body = {"kind": "public_statement", "title": f"Number {number}"}
        made.append((await drafter.post("cases/teacher/actions", json=body)).json()["id"])
    seen: list[str] = []
    cursor, parts = "", 0
    while True:
        part = (await drafter.get(f"cases/teacher/actions?limit=3{cursor}")).json()
        seen += [item["id"] for item in part["items"]]
        parts += 1
        if part["next"] is None:
            break
        cursor = f"&cursor={part['next']}"
        await drafter.post(
            "cases/teacher/actions", json={"kind": "public_statement", "title": "Later"}
        ) if parts == 1 else None
    assert seen[:7] == made
    assert len(seen) == len(set(seen)) == 8
    assert parts == 3


LISTS = [
    "cases", "organisations", "cases/teacher/memberships", "cases/teacher/actions", "cases/teacher/tasks",
    "cases/teacher/ledger", "actions/{action}/revisions", "actions/{action}/clearances",
    "actions/{action}/consents", "actions/{action}/concerns", "cases/teacher/evidence",
    "cases/teacher/launches",
]  # fmt: skip


async def test_every_list_goes_on_where_it_stopped(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    await a_coalition(coalition.database, slug="poet")
    action = await coalition.ready()
    await coalition.says(coalition.brother, action, "question")
    await coalition.writes(action, languages={"en": {"title": "Again", "body": "Again"}})
    await coalition.clears(coalition.harbour_officer, action)
    aunt = await visitors.program(coalition.aunt)
    for words in ("One", "Two"):
        assert (
            await aunt.post(f"actions/{action}/concerns", json={"text": words})
        ).status_code == 201
    coordinator = await visitors.program(coalition.coordinator)
    for data in (b"One", b"Two"):
        said = {"title": "A letter", "tier": "primary"}
        await coordinator.post("cases/teacher/evidence", data=said, files={"file": ("a", data)})
        plan = {"title": "Together", "at": "2030-01-01T09:00:00Z", "actions": [str(action)]}
        await coordinator.post("cases/teacher/launches", json=plan)
    for path in LISTS:
        with subtests.test(path):
            address = path.format(action=action)
            whole = (await coordinator.get(f"{address}?limit=200")).json()
            assert whole["next"] is None
            first = (await coordinator.get(f"{address}?limit=1")).json()
            assert first["items"] == whole["items"][:1]
            if len(whole["items"]) > 1:
                rest = (await coordinator.get(f"{address}?limit=200&cursor={first['next']}")).json()
                assert rest["items"] == whole["items"][1:]
            else:
                assert first["next"] is None
