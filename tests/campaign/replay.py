"""What the people of demo/campaign.yaml decide and do, day by day, as calls of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx2

from assent.settings import ROOT

FILE = ROOT / "demo" / "campaign.yaml"
CASE = "cases/the-beekeeper"
STAFF = {
    "coordinator": "greta@bienenhaus.example",
    "drafter": "paul@bienenhaus.example",
    "reviewer": "maja@lexnord.example",
    "sister": "volha@family.example",
}
OFFICERS = {
    "bienenhaus": "nina@bienenhaus.example",
    "lex-nord": "sven@lexnord.example",
    "rivage": "lucie@rivage.example",
    "lantern": "ian@lantern.example",
}
# The round of sanctions: three governments in one week.
ROUND = {"uk": "2026-10-05", "eu": "2026-10-06", "canada": "2026-10-09"}
YES_APART = {"naming": "yes", "family_named": "yes", "known": "yes"}
Sign = Callable[[str], Awaitable[httpx2.AsyncClient]]


class Replay:
    """Replays the campaign.

    Args:
        sign: returns the program of the person with an address, with their token.
    """

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._programs: dict[str, httpx2.AsyncClient] = {}
        self.actions: dict[str, str] = {}
        self.targets: dict[str, str] = {}
        self.publications: dict[str, dict[str, Any]] = {}

    async def run(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """From the filing at the United Nations to the joint statement."""
        greta = await self.program(STAFF["coordinator"])
        for action in (await _read(greta, f"{CASE}/actions"))["items"]:
            self.actions[action["title"]] = action["id"]
        for target in (await _read(greta, f"{CASE}/targets"))["items"]:
            self.targets[target["entity_id"]] = target["id"]
        tell("the filing at the United Nations, and its clock")
        await self.files_with_the_united_nations()
        tell("the envoy, a third state, and what was promised")
        await self.meets_the_envoy()
        tell("a round of sanctions: three governments in one week")
        for code in ROUND:
            await self.asks_for_sanctions(code)
        await self.governments_answer()
        tell("a launch: two statements, one of them in four languages")
        await self.launches()

    async def program(self, email: str) -> httpx2.AsyncClient:
        """Return somebody's program, the same each time."""
        if email not in self._programs:
            self._programs[email] = await self._sign(email)
        return self._programs[email]

    async def files_with_the_united_nations(self) -> None:
        """File, and take down each step until the opinion."""
        title = "Communication to the Working Group on Arbitrary Detention"
        await self.agrees(title, YES_APART)
        await self.releases(title)
        paul = await self.program(STAFF["drafter"])
        for step, day in (
            ("transmitted", "2026-03-20"), ("replied", "2026-05-18"),
            ("commented", "2026-05-29"), ("opinion", "2026-08-28"),
        ):  # fmt: skip
            body = {"step": step, "happened_on": day}
            await _made(paul, f"actions/{self.actions[title]}/steps", body)

    async def meets_the_envoy(self) -> None:
        """Brief the envoy, meet, and hold them to what they promised; ask a third state, too."""
        for title in ("Briefing for the envoy", "Letter to a third state that can carry messages"):
            await self.agrees(title)
            await self.releases(title)
        paul = await self.program(STAFF["drafter"])
        for day, points, promise, due in (
            ("2026-06-10", "Ask for a visit of the consul.", "Ask for a visit by the end of June.", "2026-06-30"),
            ("2026-09-16", "Ask for his glasses.", "Raise it at the border talks.", "2026-10-15"),
        ):  # fmt: skip
            held = {
                "side": "home",
                "country": "DE",
                "body": "Envoy for consular cases",
                "held_on": day,
            }
            meeting = await _made(paul, f"{CASE}/meetings", held | {"talking_points": points})
            notes = f"{CASE}/meetings/{meeting['id']}/notes"
            await _made(paul, notes, {"text": "She had read the briefing."})
            await _made(paul, notes, {"text": promise, "promised_by": "The envoy", "due_on": due})

    async def asks_for_sanctions(self, code: str) -> None:
        """From the gap in the matrix to a filed request."""
        paul = await self.program(STAFF["drafter"])
        governor = self.targets["governor"]
        dossier = await _made(paul, f"targets/{governor}/dossiers", {"jurisdiction": code})
        answers = {
            part["key"]: f"{part['title']}: see the parts above."
            for part in dossier["parts"]
            if part["ask"]
        }
        answers["recipient"] = "The desk for sanctions"
        saved = await paul.patch(f"dossiers/{dossier['id']}", json={"answers": answers})
        assert saved.json()["missing"] == [], saved.text
        await _made(paul, f"dossiers/{dossier['id']}/revision", {})
        shared = await paul.patch(f"actions/{dossier['action']}", json={"visibility": "case"})
        assert shared.status_code == 200, shared.text
        title = f"Request: {code}"
        self.actions[title] = dossier["action"]
        await self.agrees(title)
        await self.releases(title)
        await self.stands(code, "filed", "2026-09-21")

    async def governments_answer(self) -> None:
        """Each on a day of its own, within one week."""
        for code, day in ROUND.items():
            await self.stands(code, "listed", day)

    async def stands(self, code: str, status: str, day: str) -> None:
        """Record where the governor stands in a jurisdiction."""
        body = {
            "jurisdiction": code,
            "status": status,
            "on": day,
            "address": f"https://lists.example/{code}",
        }
        paul = await self.program(STAFF["drafter"])
        await _made(paul, f"targets/{self.targets['governor']}/listings", body)

    async def launches(self) -> None:
        """Two statements at one moment; nothing goes out before the last yes."""
        greta = await self.program(STAFF["coordinator"])
        titles = ("Two years without bees", "What the United Nations found")
        plan = {
            "title": "The second anniversary", "at": "2030-09-03T08:00:00Z", "zone": "Europe/Berlin",
            "actions": [self.actions[title] for title in titles],
        }  # fmt: skip
        launch = await _made(greta, f"{CASE}/launches", plan)
        await self.agrees(titles[0])
        early = await greta.post(f"launches/{launch['id']}/release")
        assert early.status_code == 409, "one gate is still shut: nothing goes out"
        await self.agrees(titles[1])
        await _made(greta, f"launches/{launch['id']}/release", None)

    async def agrees(self, title: str, answers: Mapping[str, str] | None = None) -> None:
        """Everybody whose name a text bears clears it, somebody looks at harm, and the sister says yes."""
        greta, here = await self.program(STAFF["coordinator"]), f"actions/{self.actions[title]}"
        action = await _read(greta, here)
        digest = action["revision"]["digest"]
        signers = action["revision"]["content"].get("cosigners") or [action["lead_organisation"]]
        for slug in dict.fromkeys([action["lead_organisation"], *signers]):
            body = {"digest": digest, "role": "clearance_officer", "decision": "cleared"}
            await _made(await self.program(OFFICERS[slug]), f"{here}/clearances", body)
        if action["kind"] != "diplomatic_outreach":
            risks = {"be": "Могуць забараніць лісты.", "en": "Letters may be stopped."}
            body = {
                "digest": digest,
                "role": "safety_reviewer",
                "decision": "cleared",
                "risks": risks,
            }
            await _made(await self.program(STAFF["reviewer"]), f"{here}/clearances", body)
        await _made(greta, f"{here}/consent-requests", None)
        languages = action["revision"]["content"]["languages"]
        shown = "be" if "be" in languages else next(iter(languages))
        decision = {
            "digest": digest,
            "decision": "yes",
            "language": shown,
            "conditions": [],
            "answers": dict(answers or {}),
        }
        await _made(await self.program(STAFF["sister"]), f"{here}/consents", decision)

    async def releases(self, title: str) -> None:
        """The coordinator lets it go out."""
        greta, here = await self.program(STAFF["coordinator"]), f"actions/{self.actions[title]}"
        digest = (await _read(greta, here))["revision"]["digest"]
        key = {"Idempotency-Key": title}
        self.publications[title] = await _made(
            greta, f"{here}/publication", {"digest": digest}, key
        )


async def _read(program: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    answer = await program.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _made(
    program: httpx2.AsyncClient, path: str, body: Any, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    answer = await program.post(path, json=body, headers=headers)
    assert answer.status_code == 201, f"{path}: {answer.text}"
    return dict(answer.json())
