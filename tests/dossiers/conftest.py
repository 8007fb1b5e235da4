"""The whole application in this process, with the drafter's program and browser, and a target."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.coalition import Coalition
from tests.sanctions.conftest import WARDEN
from tests.web.conftest import app, coalition, visitors
from tests.web.visitors import Visitors

__all__ = ["app", "coalition", "visitors"]
Fill = Callable[[str], Awaitable[None]]
LETTER = b"He was beaten on the second night.\n"


@pytest.fixture
async def drafter(visitors: Visitors, coalition: Coalition) -> httpx2.AsyncClient:
    """The drafter's program."""
    return await visitors.program(coalition.drafter)


@pytest.fixture
async def target(drafter: httpx2.AsyncClient) -> str:
    """A warden."""
    return str((await made(drafter, "cases/teacher/targets", WARDEN))["id"])


async def made(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post, and return what was made."""
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


@pytest.fixture
def fill(drafter: httpx2.AsyncClient, target: str) -> Fill:
    """Records an evidence base that lacks nothing, and returns the piece of evidence in it."""

    async def filling(category: str = "torture") -> None:
        evidence = await drafter.post(
            "cases/teacher/evidence",
            data={"title": "The letter", "tier": "primary", "visibility": "case"},
            files={"file": ("letter.txt", LETTER)},
        )
        beaten = await made(drafter, f"targets/{target}/claims", {
            "part": "abuse", "statement": "He had the teacher beaten *twice*.", "category": category,
            "happened_on": "2025-06", "place": "the city prison",
        })  # fmt: skip
        await made(drafter, f"claims/{beaten['id']}/exhibits", {
            "title": "The letter", "tier": "primary", "evidence": evidence.json()["id"],
        })  # fmt: skip
        await made(drafter, f"claims/{beaten['id']}/exhibits", {
            "title": "A report", "tier": "official", "address": "https://example.org/report",
            "source": "a rapporteur", "confidential": False,
        })  # fmt: skip
        ordered = await made(drafter, f"targets/{target}/claims", {
            "part": "link", "statement": "He gave the order.", "category": "ordered",
        })  # fmt: skip
        await made(drafter, f"claims/{ordered['id']}/exhibits", {
            "title": "An interview", "tier": "single_source", "address": "https://example.org/interview",
        })  # fmt: skip
        await made(drafter, f"targets/{target}/claims", {
            "part": "exculpatory", "statement": "He let one prisoner see a doctor.",
        })  # fmt: skip

    return filling


async def agrees(client: httpx2.AsyncClient, country: str, *, agrees: bool = True) -> None:
    """The source of the letter agrees to a government, or no longer does."""
    [letter] = (await client.get("cases/teacher/evidence")).json()["items"]
    await made(
        client, f"evidence/{letter['id']}/agreements", {"country": country, "agrees": agrees}
    )
