"""Launches through the API and on pages: what is refused says why, part by part."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from assent.database.session import present
from tests.coalition import Coalition
from tests.publishing.launches import out, planned, ready
from tests.web.visitors import Visitors

AT = "2030-01-01T09:00:00Z"


async def test_a_launch_by_program(coalition: Coalition, visitors: Visitors) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    first, consent = await ready(coalition)
    second, _ = await ready(coalition, kind="un_submission", audience=["The Working Group"])
    wanted = {
        "title": "Together",
        "at": AT,
        "actions": [str(first), str(second)],
        "zone": "Asia/Tehran",
    }
    answer = await coordinator.post("cases/teacher/launches", json=wanted)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["state"], made["zone"], made["at"]) == (
        "planned",
        "Asia/Tehran",
        "2030-01-01T09:00:00.000000Z",
    )
    assert {part["action"]: part["ready"] for part in made["parts"]} == {
        str(first): True,
        str(second): True,
    }
    assert {g["recipient"] for part in made["parts"] for g in part["goes_to"]} == {
        "public",
        "The Working Group",
    }
    here = f"launches/{made['id']}"

    await coalition.withdraws(coalition.mother, consent)
    shut = await coordinator.post(f"{here}/release")
    assert shut.status_code == 409
    assert shut.json()["type"] == "/api/docs#problem-launch-shut"
    assert shut.json()["actions"] == [{"action": str(first), "missing": ["consent:family"]}]
    unmet = [r for r in shut.json()["requirements"] if not r["met"]]
    assert [(r["key"], r["action"]) for r in unmet] == [("consent:family", str(first))]
    assert unmet[0]["why"]
    assert await out(coalition, first, second) == [False, False]

    await coalition.says(coalition.mother, first, "yes")
    done = await coordinator.post(f"{here}/release")
    assert done.status_code == 201, done.text
    assert done.json()["state"] == "released"
    assert await out(coalition, first, second) == [True, True]
    again = await coordinator.post(f"{here}/release")
    assert again.status_code == 201
    assert again.json()["outcomes"] == done.json()["outcomes"]
    assert (await coordinator.post(f"{here}/cancellation")).status_code == 409
    for wrong in (
        {"at": "2030-01-01T09:00:00"},
        {"zone": "Mars"},
        {"actions": [str(first)] * 2},
        {"late_minutes": 0},
    ):
        assert (
            await coordinator.post("cases/teacher/launches", json=wanted | wrong)
        ).status_code == 422


async def test_parts_that_a_reader_may_not_see_are_counted_only(
    coalition: Coalition, visitors: Visitors
) -> None:
    hidden = await coalition.an_action(visibility="organisation")
    launch = await planned(coalition, hidden, await coalition.a_statement())
    ours = (
        await (await visitors.program(coalition.coordinator)).get(f"launches/{launch.id}")
    ).json()
    theirs = (
        await (await visitors.program(coalition.observer)).get(f"launches/{launch.id}")
    ).json()
    assert (len(ours["parts"]), ours["hidden"]) == (2, 0)
    assert (len(theirs["parts"]), theirs["hidden"]) == (1, 1)
    assert str(hidden) not in str(theirs)


async def test_a_job_waits_for_the_moment_and_says_nothing_but_ids(coalition: Coalition) -> None:
    launch = await planned(coalition, await coalition.a_statement())
    question = text(
        "select args::text, scheduled_at from jobs.procrastinate_jobs where task_name = 'publishing.release_launch'"
    )
    async with coalition.database.session(job=True) as session:
        [(args, at)] = (await session.execute(question)).all()
        assert timedelta(minutes=50) < at - await present(session) < timedelta(minutes=61)
    assert args == f'{{"moment": "1", "launch_id": "{launch.id}"}}'


async def test_a_launch_on_pages(coalition: Coalition, visitors: Visitors) -> None:
    coordinator, mother, observer = [
        await visitors.browser(coalition.people[who]) for who in ("coordinator", "mother", "observer")
    ]  # fmt: skip
    first, _ = await ready(coalition)
    second = await coalition.a_statement()
    assert (await coordinator.get("/cases/teacher/launches")).status_code == 200
    said = {
        "title": "Together",
        "at": "2030-03-31T02:30",
        "zone": "Europe/Berlin",
        "actions": [str(first), str(second)],
    }
    gap = await coordinator.post("/cases/teacher/launches", data=said)
    assert gap.status_code == 422
    assert "leave this time out" in gap.text
    made = await coordinator.post("/cases/teacher/launches", data=said | {"at": "2030-01-01T09:00"})
    assert made.status_code == 303, made.text
    here = made.headers["location"]
    board = (await coordinator.get(here)).text
    assert "Sweden, Stockholm" in board
    assert "on the public page" in board
    assert "not ready" in board
    refused = await coordinator.post(f"{here}/release")
    assert refused.status_code == 409
    assert "so nothing does" in refused.text
    assert (await observer.post(f"{here}/release")).status_code == 403
    assert (await mother.post(f"{here}/reduction", data={"agrees": "yes"})).status_code == 303
    assert "the rest may go out then" in (await mother.get(f"{here}?lang=en")).text
    # Years before the moment she agreed to, nothing goes; at one close by she is asked again.
    assert (await coordinator.post(f"{here}/release")).status_code == 409
    soon = (datetime.now(UTC) + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")
    elsewhen = await coordinator.post(f"{here}/moment", data={"at": soon, "zone": "UTC"})
    assert elsewhen.status_code == 303
    asked = (await mother.get(here)).text
    assert "the rest may go out then" not in asked
    assert "جابه‌جا شده است" in asked
    assert (await coordinator.post(f"{here}/release")).status_code == 409
    assert (await mother.post(f"{here}/reduction", data={"agrees": "yes"})).status_code == 303
    assert (await coordinator.post(f"{here}/release")).status_code == 303
    assert "without a part of it" in (await coordinator.get(here)).text
    assert await out(coalition, first, second) == [True, False]
    assert (await coordinator.post(f"{here}/call-off")).status_code == 409
    other = await planned(coalition, second)
    moved = {"at": "2031-01-01T09:00", "zone": "UTC"}
    assert (await coordinator.post(f"/launches/{other.id}/moment", data=moved)).status_code == 303
    assert (
        await coordinator.post(
            f"/launches/{other.id}/moment", data=moved | {"at": "2020-01-01T09:00"}
        )
    ).status_code == 422
    assert (await coordinator.post(f"/launches/{other.id}/call-off")).status_code == 303
    stranger = await visitors.browser(coalition.stranger)
    assert (await stranger.get(here)).status_code == 404
