"""A database put back to an earlier state is noticed at the start, from memories outside it, and stays shut."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from assent.database.session import Database
from assent.proving import witness_list
from assent.proving.refusals import LedgerHeld
from assent.proving.rewinds import Rewound, require_not_rewound, shut_if_rewound
from assent.proving.signer import signer_of
from assent.proving.witness_list import WitnessList
from tests.coalition import Coalition
from tests.conftest import Place
from tests.proving.conftest import as_superuser, record
from tests.proving.test_receipts import Witnessed, sign
from tests.web.visitors import Visitors

PUT_BACK = (
    "delete from assent.ledger_cosignatures",
    "delete from assent.ledger_checkpoints",
    "delete from assent.ledger_records where index > 3",
    "delete from assent.ledger_entries where index > 3",
    "delete from assent.ledger_nodes where (index + 1) << level > 4",
    "update assent.ledger_head set size = 4",
)


@pytest.fixture
async def witnesses(app: FastAPI, coalition: Coalition, tmp_path: Path) -> AsyncIterator[Witnessed]:
    """Two, who have seen a log of some length."""
    await record(coalition.database, 20)
    await sign(app)
    found = Witnessed(app, tmp_path)
    assert await found.ask()
    yield found
    witness_list.set_current(WitnessList())


async def held(database: Database) -> str:
    async with database.session(job=True) as session:
        return str(
            (await session.execute(text("select held from assent.ledger_head"))).scalar_one()
        )


def forget(app: FastAPI) -> None:
    """The host hides what the signer remembers, too."""
    (app.state.settings.data / "secrets" / "log-signed.json").unlink()


async def test_the_log_as_it_was_signed_opens(app: FastAPI, witnesses: Witnessed) -> None:
    await require_not_rewound(app.state.database, app.state.settings, witnesses.client())
    await require_not_rewound(
        app.state.database, app.state.settings, witnesses.client(without="lantern")
    )
    assert await held(app.state.database) == ""


async def test_witnesses_tell_at_the_start_and_with_the_next_checkpoint(
    app: FastAPI, place: Place, witnesses: Witnessed
) -> None:
    as_superuser(place, *PUT_BACK)
    forget(app)
    with pytest.raises(Rewound, match=r"the witness .* that were signed, and 4 stand here"):
        await require_not_rewound(
            app.state.database, app.state.settings, witnesses.client(without="harbour")
        )
    with pytest.raises(Rewound, match="entries that were signed"):
        await witnesses.ask()


async def test_a_log_that_grew_again_after_it_was_put_back_is_another(
    app: FastAPI, place: Place, coalition: Coalition, witnesses: Witnessed
) -> None:
    as_superuser(place, *PUT_BACK)
    forget(app)
    await record(coalition.database, 60)
    with pytest.raises(Rewound, match="are not those that the witness"):
        await require_not_rewound(app.state.database, app.state.settings, witnesses.client())


async def test_what_a_witness_only_claims_shuts_nothing(
    app: FastAPI, coalition: Coalition, witnesses: Witnessed
) -> None:
    class Liar(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "GET":
                return httpx2.Response(200, text="assent.example/ledger\n999\nAAAA\n\n— x AAAA\n")
            kind = {"content-type": "text/x.tlog.size"}
            return httpx2.Response(409, text="999999\n", headers=kind)

    witnesses.routes = {host: Liar() for host in witnesses.routes}
    await record(coalition.database)
    assert not await witnesses.ask()
    await require_not_rewound(app.state.database, app.state.settings, witnesses.client())


async def test_the_start_says_it_loudly_and_nothing_is_recorded_any_more(
    app: FastAPI,
    place: Place,
    coalition: Coalition,
    visitors: Visitors,
    caplog: pytest.LogCaptureFixture,
) -> None:
    action = await coalition.a_statement()
    await sign(app)
    await coalition.says(coalition.mother, action, "yes")
    remembered = signer_of(app.state.settings).before()
    assert remembered is not None
    as_superuser(place, *PUT_BACK)
    with caplog.at_level(logging.CRITICAL):
        await shut_if_rewound(app.state.database, app.state.settings)
    assert "THE LEDGER IS SHUT: the signer's own memory" in caplog.text
    assert f"{remembered.size} entries that were signed, and 4 stand here" in caplog.text
    assert "put back to an earlier state" in await held(app.state.database)
    coordinator = await visitors.program(coalition.coordinator)
    paused = await coordinator.post("cases/teacher/pause", json={"reason": "Wait."})
    assert (paused.status_code, paused.json()["type"].rpartition("#problem-")[2]) == (
        503,
        LedgerHeld.type,
    )
    # Shutting it twice, or by anybody's other word, changes nothing; opening is the owner's.
    kept = await held(app.state.database)
    await shut_if_rewound(app.state.database, app.state.settings)
    assert await held(app.state.database) == kept
