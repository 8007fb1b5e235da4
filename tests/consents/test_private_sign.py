"""An answer given with the private word looks like any other to everybody; nothing goes out on it, one person knows.

Two worlds are put side by side. For the coalition: a yes whose giver wants to wait, and one with the
word. On the relative's own screen: a plain yes, and one with the word.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from assent.cases.events import record_event
from assent.consents.jobs import confide
from assent.consents.standing_queries import standing_lines
from assent.database.session import Database
from assent.notify.jobs import running
from assent.people import private_signs
from assent.people.private_signs import NobodyTrusted, UnfitSign, agree_on_sign, is_sign
from assent.publishing.refusals import GateShut
from tests.coalition import Coalition, a_coalition
from tests.consents.test_standing import DESK, a_letter
from tests.web.visitors import Visitors

WORD = "Pomegranate 7"
_OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|[0-9a-f]{16}"
    r"|<time[^>]*>[^<]*</time>"
    r"|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)|\d+ \w+ 2026[^<]*|\"(?:index|from)\": ?\d+|since=\d+"
)


def alike(page: str) -> str:
    """A page without the ids, digests and times that are every answer's own."""
    return _OWN.sub("·", page)


@pytest.fixture
async def agreed(coalition: Coalition) -> Coalition:
    """The mother has agreed on a word with the aunt."""
    async with coalition.database.session(coalition.mother.person_id) as session:
        await agree_on_sign(session, coalition.mother, WORD, coalition.aunt.person_id)
    return coalition


async def answered(coalition: Coalition, visitors: Visitors, **beside: str) -> UUID:
    """A cleared statement to which the mother has said yes on her phone, with something beside it."""
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    phone = await visitors.browser(coalition.mother)
    digest = (await coalition.revision(action)).digest
    said = {"digest": digest, "language": "fa", "decision": "yes", "word": "", "waits": ""} | beside
    answer = await phone.post(f"/actions/{action}/decide", data=said)
    assert answer.headers["location"] == f"/actions/{action}/decided"
    return action


async def seen(coalition: Coalition, visitors: Visitors, who: str, action: UUID) -> list[str]:
    """Everything about an action that somebody can look at."""
    caller = coalition.people[who]
    browser, program = await visitors.browser(caller), await visitors.program(caller)
    pages = [
        await browser.get(f"/actions/{action}"),
        *[await program.get(f"actions/{action}{part}") for part in ("", "/gate", "/consents")],
    ]
    if who == "mother":
        parts = ("/decide", "/decided")
        pages += [await browser.get(f"/actions/{action}{part}") for part in parts]
    assert all(page.status_code < 500 for page in pages)
    return [f"{page.status_code} {alike(page.text)}" for page in pages]


async def test_the_coalition_sees_a_wish_to_wait_and_the_word_alike(
    agreed: Coalition, visitors: Visitors
) -> None:
    waiting = await answered(agreed, visitors, waits="yes")
    signed = await answered(agreed, visitors, word="  pomegranate 7 ")
    for who in ("coordinator", "drafter", "reviewer", "observer", "brother", "stranger"):
        one = await seen(agreed, visitors, who, waiting)
        assert one == await seen(agreed, visitors, who, signed), who
    gate = await (await visitors.program(agreed.coordinator)).get(f"actions/{signed}/gate")
    (family,) = [r for r in gate.json()["requirements"] if r["key"] == "consent:family"]
    assert (family["met"], family["why"]) == (False, "The family needs more time.")
    for action in (waiting, signed):
        with pytest.raises(GateShut):
            await agreed.publishes(action)


async def test_the_phone_shows_a_plain_yes_and_the_word_alike(
    agreed: Coalition, visitors: Visitors
) -> None:
    plain = await answered(agreed, visitors)
    other = await answered(agreed, visitors, word="quince")
    signed = await answered(agreed, visitors, word=WORD)
    shown = await seen(agreed, visitors, "mother", plain)
    assert shown == await seen(agreed, visitors, "mother", signed)
    assert shown == await seen(agreed, visitors, "mother", other)
    said = (await (await visitors.browser(agreed.mother)).get("/said.json")).json()
    lines = [alike(str(line)) for line in next(v for v in said.values() if isinstance(v, list))]
    assert len(set(lines)) == 1
    assert WORD.casefold() not in str(said).casefold()


async def test_rows_records_and_jobs_are_alike(agreed: Coalition, visitors: Visitors) -> None:
    counts = []
    for beside in ({}, {"waits": "yes"}, {"word": WORD}, {"word": "quince"}):
        before = await rows_for_staff(agreed)
        await answered(agreed, visitors, **beside)
        after = await rows_for_staff(agreed)
        counts.append({name: after[name] - before[name] for name in after})
    assert counts[1] == counts[2], "as staff may count them"
    # A plain yes opens the gate, and that is a task for the coordinator; all else is the same.
    assert {k: v for k, v in counts[0].items() if k != "tasks"} == {
        k: v for k, v in counts[2].items() if k != "tasks"
    }
    assert counts[0] == counts[3]
    async with agreed.database.session(job=True) as session:
        sizes = await session.execute(
            text(
                "select octet_length(l.sealed) from assent.consents c"
                " join assent.ledger_records l on l.index = c.ledger_index"
            )
        )
        assert len({size for (size,) in sizes}) == 1
        marks = await session.execute(
            text("select octet_length(assent.consent_mark(id)) from assent.consents")
        )
        assert {size for (size,) in marks} == {128}
        jobs = await session.execute(
            text(
                "select task_name, count(*) from jobs.procrastinate_jobs"
                " where task_name like 'consents.%' group by 1"
            )
        )
        assert {tuple(row) for row in jobs} == {("consents.confide", 4), ("consents.remind", 4)}


async def rows_for_staff(coalition: Coalition) -> dict[str, int]:
    """How many rows of each table the coordinator sees."""
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        names = await session.scalars(
            text(
                "select relname from pg_class where relnamespace = 'assent'::regnamespace and relkind = 'r'"
                " and has_table_privilege(oid, 'select')"
            )
        )
        return {
            name: (
                await session.execute(text(f"select count(*) from assent.{name}"))  # noqa: S608
            ).scalar_one()
            for name in sorted(names)
            if name != "ledger_nodes"  # these go by the length of the log
        }


async def test_only_the_trusted_person_learns_of_it(
    agreed: Coalition, visitors: Visitors, tmp_path: Any
) -> None:
    action = await answered(agreed, visitors, word=WORD)
    plain = await answered(agreed, visitors)
    aunts = await visitors.browser(agreed.aunt)
    await aunts.get("/language/en")
    assert "under pressure" in (await aunts.get("/word")).text
    for who in ("mother", "brother", "coordinator", "drafter"):
        browser = await visitors.browser(agreed.people[who])
        await browser.get("/language/en")
        assert "under pressure" not in (await browser.get("/word")).text, who
    mails = []
    for one in (action, plain):
        assert (await agreed.facts(one)).facts.consents
        async with running(agreed.database, visitors.app.state.settings):
            await confide(str(agreed.mother.person_id))
        async with agreed.database.session(job=True) as session:
            found = await session.scalars(
                text(
                    "select args from jobs.procrastinate_jobs where args ->> 'person_id' = :aunt"
                    " and task_name = 'notify.mail' order by id desc limit 1"
                ),
                {"aunt": str(agreed.aunt.person_id)},
            )
            mails.append(found.one())
    assert mails[0] == mails[1]
    assert mails[0]["path"] == "/word"


async def test_the_same_yes_said_again_leaves_it_in_place(
    agreed: Coalition, visitors: Visitors
) -> None:
    """On the page that offers it: after something happened, on a phone somebody holds."""
    action = await answered(agreed, visitors, word=WORD)
    (given,) = (await agreed.facts(action)).facts.consents
    async with agreed.database.session(agreed.coordinator.person_id) as session:
        await record_event(
            session, agreed.coordinator, agreed.case_id, "release", "2026-11", "She is free."
        )
    phone = await visitors.browser(agreed.mother)
    assert (await phone.post(f"/consents/{given.id}/again")).status_code == 303
    assert len((await agreed.facts(action)).facts.consents) == 2
    assert await agreed.missing(action) == {"consent:family"}


async def looks(coalition: Coalition, visitors: Visitors, who: str, *paths: str) -> list[str]:
    """Pages (`/…`) and answers of the API, as somebody sees them."""
    browser, program = (
        await visitors.browser(coalition.people[who]),
        await visitors.program(coalition.people[who]),
    )
    found = [await (browser if path[0] == "/" else program).get(path) for path in paths]
    assert all(one.status_code < 500 for one in found)
    return [f"{one.status_code} {alike(one.text)}" for one in found]


async def test_what_is_agreed_to_in_advance_with_it_opens_nothing_and_looks_alike(
    database: Database, visitors: Visitors
) -> None:
    worlds = {}
    for name, beside in (("waits", {"waits": "yes"}), ("word", {"word": WORD}), ("plain", {})):
        coalition = await a_coalition(database, slug=f"in-{name}")
        async with database.session(coalition.mother.person_id) as session:
            await agree_on_sign(session, coalition.mother, WORD, coalition.aunt.person_id)
        action = await a_letter(coalition)
        phone = await visitors.browser(coalition.mother)
        scope = {
            "kinds": "diplomatic_outreach", "recipients": DESK, "languages": ["en", "fa"], "word": "", "waits": "",
        } | beside  # fmt: skip
        case = f"cases/in-{name}"
        assert (await phone.post(f"/{case}/in-advance", data=scope)).status_code == 303
        assert await coalition.missing(action) == (set() if name == "plain" else {"consent:family"})
        paths = (
            f"/{case}/in-advance", f"{case}/standing-consents", f"/actions/{action}", f"actions/{action}/gate",
        )  # fmt: skip
        worlds[name] = {
            who: [
                page.replace(f"in-{name}", "in-case")
                for page in await looks(coalition, visitors, who, *paths)
            ]
            for who in ("coordinator", "drafter", "brother", "aunt", "mother")
        }
        if name != "word":
            continue
        assert (await phone.get("/stop")).status_code == 200
        # Said once more it stays; after a no in between it is lifted.
        async with database.session(coalition.mother.person_id) as session:
            (line,) = await standing_lines(session, coalition.case_id, coalition.mother.person_id)
        assert line.holds
        for agrees, missing in (
            ("yes", {"consent:family"}),
            ("no", {"consent:family"}),
            ("yes", set()),
        ):
            await phone.post(f"/standing-consents/{line.id}/answer", data={"agrees": agrees})
            assert await coalition.missing(action) == missing
    for who in ("coordinator", "drafter", "brother", "aunt"):
        assert worlds["waits"][who] == worlds["word"][who], who
    assert "The family needs more time." in worlds["word"]["coordinator"][0]
    assert worlds["plain"]["mother"] == worlds["word"]["mother"]


async def test_a_change_of_who_decides_agreed_to_with_it_does_not_take_effect_and_looks_alike(
    database: Database, visitors: Visitors
) -> None:
    worlds = {}
    for name, beside in (("waits", {"waits": "yes"}), ("word", {"word": WORD}), ("plain", {})):
        coalition = await a_coalition(database, "one", "mother", slug=f"of-{name}")
        async with database.session(coalition.mother.person_id) as session:
            await agree_on_sign(session, coalition.mother, WORD, coalition.aunt.person_id)
        desk = await visitors.program(coalition.coordinator)
        phone = await visitors.browser(coalition.mother)
        case = f"cases/of-{name}"
        uncle = {"rule": "one", "decision_makers": [coalition.uncle.email]}
        assert (await desk.put(f"{case}/family-arrangement", json=uncle)).status_code == 200
        said = {"version": "2", "agrees": "yes", "word": "", "waits": ""} | beside
        assert (await phone.post(f"/{case}/family/answer", data=said)).status_code == 303
        action = await coalition.a_statement()
        arrangement = (await coalition.facts(action)).facts.arrangement
        assert arrangement is not None
        decides = coalition.uncle if name == "plain" else coalition.mother
        assert arrangement.decision_makers == {str(decides.person_id)}
        paths = (f"/{case}/family", f"{case}/family-arrangement", f"/{case}")
        worlds[name] = {
            who: [
                page.replace(f"of-{name}", "of-case")
                for page in await looks(coalition, visitors, who, *paths)
            ]
            for who in ("coordinator", "drafter", "brother", "uncle", "aunt", "mother")
        }
        # Answered once more: as in the world in which it is in force.
        again = await phone.post(f"/{case}/family/answer", data=said)
        assert again.status_code == (303 if name == "waits" else 409)
        if name == "waits":
            assert (await phone.post(f"/{case}/family/now")).status_code == 303
            arrangement = (await coalition.facts(action)).facts.arrangement
            assert arrangement is not None
            assert arrangement.decision_makers == {str(coalition.uncle.person_id)}
    for who in ("coordinator", "drafter", "brother", "uncle", "aunt"):
        assert worlds["waits"][who] == worlds["word"][who], who
    assert worlds["plain"]["mother"] == worlds["word"]["mother"]


async def test_it_is_lifted_by_answering_again(agreed: Coalition, visitors: Visitors) -> None:
    action = await answered(agreed, visitors, word=WORD)
    # The same yes once more changes nothing, as after a plain one.
    await agreed.says(agreed.mother, action, "yes")
    assert await agreed.missing(action) == {"consent:family"}
    (given,) = (await agreed.facts(action)).facts.consents
    await agreed.withdraws(agreed.mother, UUID(given.id))
    await agreed.says(agreed.mother, action, "yes")
    assert await agreed.missing(action) == set()


async def test_a_word_after_a_plain_yes_is_heard(agreed: Coalition) -> None:
    action = await agreed.ready()
    await agreed.says(agreed.mother, action, "yes", word=WORD)
    assert await agreed.missing(action) == {"consent:family"}


async def test_what_is_kept_of_it_is_the_same_for_everybody(agreed: Coalition) -> None:
    async with agreed.database.session(agreed.mother.person_id) as session:
        assert await is_sign(session, agreed.mother.person_id, "POMEGRANATE 7")
        assert not await is_sign(session, agreed.mother.person_id, "")
        others = "select count(*) from assent.private_sign(:person)"
        assert (
            await session.execute(text(others), {"person": agreed.brother.person_id})
        ).scalar_one() == 0
        for unfit in ("", "abc", "x" * 201):
            with pytest.raises(UnfitSign):
                await agree_on_sign(session, agreed.mother, unfit, agreed.aunt.person_id)
        for nobody in (None, agreed.stranger.person_id, agreed.mother.person_id):
            with pytest.raises(NobodyTrusted):
                await agree_on_sign(session, agreed.mother, WORD, nobody)
    async with agreed.database.session(agreed.brother.person_id) as session:
        assert not await is_sign(session, agreed.brother.person_id, "")


async def test_the_same_is_asked_of_the_database_with_the_word_and_without(
    agreed: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    slow = private_signs._slow_hash

    async def counted(word: str, salt: bytes) -> bytes:
        hashed.append(len(salt))
        return await slow(word, salt)

    monkeypatch.setattr(private_signs, "_slow_hash", counted)
    asked = []
    for beside in ({"waits": True}, {"word": WORD}, {}, {"word": "quince"}):
        action = await agreed.a_statement()
        async with statements(agreed) as said:
            await agreed.says(agreed.mother, action, "yes", **beside)
        asked.append(said)
    assert asked[0] == asked[1] == asked[2] == asked[3]
    assert hashed == [16] * 4


@asynccontextmanager
async def statements(coalition: Coalition) -> AsyncIterator[list[str]]:
    """What is asked of the database meanwhile."""
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    engine = coalition.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.soak
async def test_it_takes_no_longer(agreed: Coalition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_signs, "COST", 2**15)
    async with agreed.database.session(agreed.mother.person_id) as session:
        await agree_on_sign(session, agreed.mother, WORD, agreed.aunt.person_id)
    times: dict[str, list[float]] = {WORD: [], "quince": [], "": []}
    for _ in range(60):
        for word, taken in times.items():
            action = await agreed.a_statement()
            before = time.perf_counter()
            await agreed.says(agreed.mother, action, "yes", word=word)
            taken.append(time.perf_counter() - before)
    middle = {word: statistics.median(taken) for word, taken in times.items()}
    print(middle)  # noqa: T201
    assert max(middle.values()) < 1.1 * min(middle.values())
