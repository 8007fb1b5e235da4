# ruff: noqa: E501, PT018 (SQL reads better in its own lines)
"""The publish transaction against the very same statements sent by hand in one psycopg transaction."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import event

from assent.database.migrate import libpq
from bench.ground import Ground

ROUNDS = 60


async def measure_publish(ground: Ground) -> dict[str, Any]:
    """Publish half of the statements through the service, half by hand, taking turns."""
    coalition = ground.coalition
    actions = [await coalition.ready(form={"n": n}) for n in range(2 * ROUNDS)]
    ours: list[float] = []
    by_hand: list[float] = []
    statements = 0
    connection = await AsyncConnection.connect(
        libpq(ground.database.url), options="-csearch_path=assent,jobs,public", autocommit=True
    )
    async with connection:
        for one, other in zip(actions[::2], actions[1::2], strict=True):
            digest = (await coalition.revision(one)).digest
            began = time.perf_counter()
            sent = await _recorded(ground, one, digest)
            ours.append(time.perf_counter() - began)
            statements = len(sent)
            replay = await _rewritten(ground, sent, one, other)
            began = time.perf_counter()
            async with connection.transaction():
                for statement, values in replay:
                    cursor = await connection.execute(statement, values, prepare=True)
                    if cursor.description:
                        await cursor.fetchall()
            by_hand.append(time.perf_counter() - began)
    from bench.__main__ import median_ms

    found = {"ours_ms": median_ms(ours), "by_hand_ms": median_ms(by_hand)}
    return found | {
        "ratio": found["ours_ms"] / found["by_hand_ms"],
        "aim": "at most 1.8",
        "statements": statements,
    }


async def _recorded(ground: Ground, action: Any, digest: str) -> list[tuple[str, Any]]:
    from assent.publishing.service import publish

    sent: list[tuple[str, Any]] = []

    def note(
        _c: object, _cursor: object, statement: str, parameters: Any, _ctx: object, many: bool
    ) -> None:
        sent.extend((statement, p) for p in (parameters if many else [parameters]))

    engine = ground.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    who = ground.coalition.coordinator
    try:
        async with ground.database.session(who.person_id) as session:
            await publish(session, who, action, digest, f"bench-{action}")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent


async def _rewritten(
    ground: Ground, sent: list[tuple[str, Any]], one: Any, other: Any
) -> list[tuple[str, Any]]:
    """The same statements for the other action: its ids in place of the first one's."""
    with psycopg.connect(libpq(ground.database.url)) as reading:
        reading.execute("select set_config('assent.job', 'on', false)")
        query = """
            select r.id, r.digest, a.id, array(select c.id from assent.clearances c where c.revision_id = r.id order by c.ledger_index),
              array(select c.id from assent.consents c where c.revision_id = r.id),
              (select p.id from assent.publications p where p.action_id = a.id),
              (select p.ledger_index from assent.publications p where p.action_id = a.id)
            from assent.actions a join assent.revisions r on r.action_id = a.id where a.id = %s"""
        first, second = (reading.execute(query, [a]).fetchone() for a in (one, other))
        size = reading.execute("select size from assent.ledger_head").fetchone()
    assert first is not None and second is not None and size is not None
    from assent.database.ids import new_id

    swap: dict[Any, Any] = {
        first[0]: second[0],
        first[1]: second[1],
        first[2]: second[2],
        first[5]: new_id(),
    }
    swap |= dict(zip(first[3] + first[4], second[3] + second[4], strict=True)) | {first[6]: size[0]}
    swap |= {str(k): str(v) for k, v in swap.items() if not isinstance(k, int)}

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(v) for v in value]
        if isinstance(value, str) and value.startswith("bench-"):
            return f"hand-{other}"
        if isinstance(value, str) and value.startswith("free-the"):
            return f"{value[:20]}-{str(other)[-12:]}"
        return (
            swap.get(value, value)
            if isinstance(value, (str, int))
            or (hasattr(value, "hex") and not isinstance(value, bytes))
            else value
        )

    return [
        (
            s,
            {k: changed(v) for k, v in p.items()}
            if isinstance(p, dict)
            else tuple(changed(v) for v in p),
        )
        for s, p in sent
    ]
