"""Dossiers: from a gap to a document; what is missing is named; what goes out was agreed to."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy.exc import IntegrityError

from assent.access import PolicyFileError
from assent.actions.queries import latest_revision
from assent.gate.roles import Role
from assent.language import catalogue
from assent.publishing import service
from assent.publishing.refusals import LaunchShut, SourceAgainst
from assent.sanctions import dossier_forms, jurisdictions, words
from assent.sanctions.composing import plain
from assent.sanctions.dossier_forms import DossierForms, load_dossier_forms
from assent.sanctions.jurisdictions import load_jurisdictions
from tests.coalition import Coalition
from tests.conftest import POLICIES
from tests.documents.reading import docx_text, letters, pdf_text
from tests.dossiers.conftest import LETTER, Fill, agrees, made
from tests.publishing.launches import planned, released
from tests.web.visitors import Visitors

CODES = list(load_jurisdictions(POLICIES).by_code)


async def begin(client: httpx2.AsyncClient, target: str, code: str = "uk") -> dict[str, Any]:
    return await made(client, f"targets/{target}/dossiers", {"jurisdiction": code})


async def answer_all(client: httpx2.AsyncClient, dossier: dict[str, Any]) -> dict[str, Any]:
    answers = {part["key"]: f"Answer to {part['key']}." for part in dossier["parts"] if part["ask"]}
    body = {"answers": answers | {"recipient": "The Office"}}
    answer = await client.patch(f"dossiers/{dossier['id']}", json=body)
    assert answer.status_code == 200, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


async def test_a_gap_becomes_a_request_in_one_step(
    drafter: httpx2.AsyncClient, target: str, visitors: Visitors, coalition: Coalition
) -> None:
    [row] = (await drafter.get("cases/teacher/matrix")).json()["items"]
    assert {cell["jurisdiction"]: cell["status"] for cell in row["cells"]} == dict.fromkeys(
        CODES, "not_asked"
    )
    dossier = await begin(drafter, target)
    [row] = (await drafter.get("cases/teacher/matrix")).json()["items"]
    cells = {cell["jurisdiction"]: cell for cell in row["cells"]}
    assert (cells["uk"]["status"], cells["uk"]["dossier"]) == ("drafting", dossier["id"])
    again = await drafter.post(f"targets/{target}/dossiers", json={"jurisdiction": "uk"})
    assert again.status_code == 409
    assert again.json()["dossier"] == dossier["id"]
    # Another organisation does not see it until it is shared.
    other = await visitors.program(coalition.lantern_drafter)
    assert (await other.get(f"dossiers/{dossier['id']}")).status_code == 404
    [row] = (await other.get("cases/teacher/matrix")).json()["items"]
    assert [cell["dossier"] for cell in row["cells"]] == [None] * len(CODES)
    gone = await drafter.post(f"targets/{target}/dossiers", json={"jurisdiction": "atlantis"})
    assert gone.status_code == 422


async def test_missing_pieces_are_named_before_anybody_is_asked(
    drafter: httpx2.AsyncClient, target: str, fill: Fill
) -> None:
    dossier = await begin(drafter, target)
    missing = " ".join(dossier["missing"])
    for piece in ("who receives it", "what was done", "linked to it", "speaks for the target"):
        assert piece in missing
    refused = await drafter.post(f"dossiers/{dossier['id']}/revision")
    assert refused.status_code == 409
    assert refused.json()["missing"] == dossier["missing"]
    # Detention alone is outside the British regulations.
    await fill("arbitrary_detention")
    answered = await answer_all(drafter, dossier)
    assert len(answered["missing"]) == 1
    assert "three rights only" in answered["missing"][0]
    claim = {"part": "abuse", "statement": "Beaten.", "category": "torture"}
    await made(drafter, f"targets/{target}/claims", claim)
    after = (await drafter.get(f"dossiers/{dossier['id']}")).json()
    assert after["missing"] == ["Nothing shows this: “Beaten.”."]


async def test_a_source_that_has_not_agreed_to_that_government_is_named(
    drafter: httpx2.AsyncClient, target: str, fill: Fill
) -> None:
    await fill("torture")
    dossier = await begin(drafter, target)
    await answer_all(drafter, dossier)
    await agrees(drafter, "CA")
    refused = await drafter.post(f"dossiers/{dossier['id']}/revision")
    assert refused.status_code == 409
    assert refused.json()["exhibits"] == ["The letter"]
    assert "“The letter”" in refused.json()["detail"]
    await agrees(drafter, "GB")
    await made(drafter, f"dossiers/{dossier['id']}/revision", {})


async def test_what_goes_out_is_what_was_put_to_the_gate(
    drafter: httpx2.AsyncClient, target: str, fill: Fill, coalition: Coalition,
    subtests: pytest.Subtests,
) -> None:  # fmt: skip
    await fill("torture")
    for country in ("US", "GB", "EU", "CA", "AU"):
        await agrees(drafter, country)
    for code in CODES:
        with subtests.test(code):
            await goes_out_as_agreed(code, drafter, target, coalition)


async def goes_out_as_agreed(
    code: str, drafter: httpx2.AsyncClient, target: str, coalition: Coalition
) -> None:
    """One jurisdiction's dossier, from the answers to the files."""
    dossier = await answer_all(drafter, await begin(drafter, target, code))
    assert dossier["missing"] == []
    revision = await made(drafter, f"dossiers/{dossier['id']}/revision", {})
    again = (await drafter.post(f"dossiers/{dossier['id']}/revision")).json()
    assert (again["created"], again["digest"]) == (False, revision["digest"])
    async with coalition.database.session(job=True) as session:
        kept = await latest_revision(session, dossier["action"])
    assert kept is not None
    content = kept.content or {}
    text = content["languages"]["en"]
    form = dossier_forms.current().by_code[code]
    # Each jurisdiction's own parts, in its own order.
    parts = [line for line in text["body"].splitlines() if line.startswith("# ")]
    assert parts == [f"# {n}. {plain(p.title)}" for n, p in enumerate(form.parts, 1)]
    assert content["audience"] == ["The Office"]
    assert [a["sha256"] for a in content["attachments"]] == [hashlib.sha256(LETTER).hexdigest()]
    files = {}
    for kind in ("pdf", "docx"):
        answer = await drafter.get(f"dossiers/{dossier['id']}/document", params={"format": kind})
        assert answer.status_code == 200
        assert "Warden" not in answer.headers["content-disposition"]
        files[kind] = answer.content
    said = {"pdf": pdf_text(files["pdf"]), "docx": docx_text(files["docx"])}
    for paper in said.values():
        # Nothing of the text is missing, but for its marks.
        unmarked = letters(text["title"] + text["body"])
        for mark in "\\*#|-":
            unmarked.pop(mark, None)
        assert {k: n for k, n in (unmarked - letters(paper)).items() if k not in "1234567890"} == {}
        assert form.head.split()[0] in paper
        assert content["attachments"][0]["sha256"] in paper
        for phrase in (
            "He had the teacher beaten *twice*.",
            "1970-03-21",
            "Warden of the city prison",
        ):
            assert "".join(phrase.split()) in "".join(paper.split())


async def test_the_exhibits_come_with_a_manifest_of_digests(
    drafter: httpx2.AsyncClient, target: str, fill: Fill
) -> None:
    await fill("torture")
    dossier = await answer_all(drafter, await begin(drafter, target))
    assert (await drafter.get(f"dossiers/{dossier['id']}/exhibits")).status_code == 404
    await agrees(drafter, "GB")
    revision = await made(drafter, f"dossiers/{dossier['id']}/revision", {})
    answer = await drafter.get(f"dossiers/{dossier['id']}/exhibits")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["content_digest"] == revision["digest"]
        [entry] = manifest["exhibits"]
        assert archive.read(entry["file"]) == LETTER
        assert entry["sha256"] == hashlib.sha256(LETTER).hexdigest()
        assert archive.read("SHA256SUMS").decode() == f"{entry['sha256']}  {entry['file']}\n"


async def test_two_who_write_do_not_overwrite_each_other(
    drafter: httpx2.AsyncClient, target: str
) -> None:
    dossier = await begin(drafter, target)
    path = f"dossiers/{dossier['id']}"
    first = {"answers": {"submitter": "Ours"}, "version": 1}
    assert (await drafter.patch(path, json=first)).status_code == 200
    late = await drafter.patch(path, json={"answers": {"submitter": "Mine"}, "version": 1})
    assert late.status_code == 409
    assert (await drafter.get(path)).json()["answers"] == {"submitter": "Ours"}


async def test_making_it_known_is_a_decision_of_its_own(
    drafter: httpx2.AsyncClient, target: str
) -> None:
    dossier = await begin(drafter, target)
    known = await made(drafter, f"dossiers/{dossier['id']}/announcement", {})
    action = (await drafter.get(f"actions/{known['action']}")).json()
    assert action["kind"] == "public_statement"
    assert action["id"] != dossier["action"]


async def test_a_jurisdiction_taken_out_while_a_request_is_under_way(
    drafter: httpx2.AsyncClient, target: str, visitors: Visitors, coalition: Coalition,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    dossier = await answer_all(drafter, await begin(drafter, target))
    fewer = {c: one for c, one in jurisdictions.current().by_code.items() if c != "uk"}
    monkeypatch.setattr(jurisdictions, "_current", jurisdictions.Jurisdictions(fewer))
    forms = {c: one for c, one in dossier_forms.current().by_code.items() if c != "uk"}
    monkeypatch.setattr(dossier_forms, "_current", DossierForms(forms))
    found = (await drafter.get(f"dossiers/{dossier['id']}")).json()
    assert found["gone"] is True
    assert found["answers"] == dossier["answers"]
    for call in (
        drafter.post(f"dossiers/{dossier['id']}/revision"),
        drafter.patch(f"dossiers/{dossier['id']}", json={"answers": {}}),
    ):
        assert (await call).status_code == 409
    browser = await visitors.browser(coalition.drafter)
    for page in (f"/dossiers/{dossier['id']}", "/cases/teacher/targets", f"/targets/{target}"):
        assert (await browser.get(page)).status_code == 200


async def test_the_pages_say_what_is_missing_and_keep_what_was_typed(
    drafter: httpx2.AsyncClient, target: str, fill: Fill, visitors: Visitors, coalition: Coalition
) -> None:
    browser = await visitors.browser(coalition.drafter)
    assert "Reza Nemunei" in (await browser.get(f"/targets/{target}")).text
    begun = await browser.post(f"/targets/{target}/dossiers", data={"jurisdiction": "uk"})
    page = begun.headers["location"]
    assert begun.status_code == 303
    assert "Say who receives it." in (await browser.get(page)).text
    typed = {
        "recipient": "The Office",
        "part-submitter": "We, the Harbour.",
        "version": "1",
        "do": "put",
    }
    refused = await browser.post(page, data=typed)
    assert refused.status_code == 409
    assert "We, the Harbour." in refused.text
    await fill("torture")
    shown = (await browser.get(f"/targets/{target}")).text
    assert "He gave the order." in shown
    assert "has not agreed" in (await browser.get(page)).text
    matrix = (await browser.get("/cases/teacher/targets")).text
    assert "runs out on" in matrix  # the European framework
    assert (await browser.get("/cases/teacher/jurisdictions")).status_code == 200
    aunt = await visitors.browser(coalition.aunt)
    assert (await aunt.get("/cases/teacher/targets")).status_code == 403
    stranger = await visitors.browser(coalition.stranger)
    for path in ("/cases/teacher/targets", f"/targets/{target}", page):
        assert (await stranger.get(path)).status_code == 404


async def test_targets_are_added_merged_and_brought_in_on_pages(
    target: str, visitors: Visitors, coalition: Coalition
) -> None:
    browser = await visitors.browser(coalition.drafter)
    wrong = await browser.post("/cases/teacher/targets", data={"name": "A", "birthDate": "soon"})
    assert wrong.status_code == 422
    assert 'href="#birthDate"' in wrong.text
    added = await browser.post("/cases/teacher/targets", data={"name": "A\nB", "schema": "Person"})
    other = added.headers["location"].rsplit("/", 1)[-1]
    command = {"relation": "commands", "other": target}
    assert (await browser.post(f"/targets/{other}/relations", data=command)).status_code == 303
    circle = await browser.post(f"/targets/{target}/relations", data=command | {"other": other})
    assert circle.status_code == 422
    assert "goes in a circle" in circle.text
    merged = await browser.post(f"/targets/{target}/merge", data={"same": other})
    assert merged.status_code == 303
    assert "This is the same as" in (await browser.get(f"/targets/{other}")).text
    assert (await browser.post(f"/targets/{other}/part")).status_code == 303
    exported = await browser.get("/cases/teacher/targets.ftm.json")
    assert len(exported.text.splitlines()) == 3
    files = {"file": ("targets.json", exported.content)}
    twice = await browser.post("/cases/teacher/targets/import", files=files)
    assert twice.status_code == 409
    broken = await browser.post(
        "/cases/teacher/targets/import", files={"file": ("x", b'{"a": 1}\n{"b"')}
    )
    assert "Line 2 is not JSON" in broken.text
    # What was wrong is corrected, what was a mistake is taken out.
    assert "A\nB" in (await browser.get(f"/targets/{other}/edit")).text
    wrong = await browser.post(f"/targets/{other}/edit", data={"name": "", "alias": "C"})
    assert 'href="#name"' in wrong.text
    right = {"name": "A", "birthDate": "1971", "nationality": "Iran"}
    assert (await browser.post(f"/targets/{other}/edit", data=right)).status_code == 303
    page = (await browser.get(f"/targets/{other}")).text
    assert "1971" in page
    assert ">Iran<" in page
    assert (await browser.post(f"/targets/{other}/end")).status_code == 303
    assert "recorded by mistake" in (await browser.get(f"/targets/{other}")).text
    assert f"/targets/{other}" not in (await browser.get("/cases/teacher/targets")).text


async def test_a_request_goes_out_in_the_other_language_taken_there_once_all_of_it_is_there(
    drafter: httpx2.AsyncClient, target: str, fill: Fill, coalition: Coalition
) -> None:
    await fill("torture")
    await agrees(drafter, "CA")
    claims = (await drafter.get(f"targets/{target}/claims")).json()["items"]
    quote = {
        "title": "Letter", "tier": "primary", "address": "https://example.org/letter", "quote": "دوباره شروع کنید",
        "quote_language": "fa",
    }  # fmt: skip
    shown = f"claims/{claims[0]['id']}/exhibits"
    unnamed = await drafter.post(shown, json=quote | {"quote_language": "Persian"})
    assert unnamed.json()["field"] == "quote_language"
    quoted = await made(drafter, shown, quote)
    dossier = await answer_all(drafter, await begin(drafter, target, "canada"))
    assert dossier["missing"] == ["The words quoted from “Letter” are not translated yet."]
    await drafter.delete(f"exhibits/{quoted['id']}")
    await made(drafter, shown, quote | {"translation": "Begin again."})
    first = await made(drafter, f"dossiers/{dossier['id']}/revision", {})
    french = {f"{part['key']}.fr": "Nous." for part in dossier["parts"] if part["ask"]}
    await drafter.patch(f"dossiers/{dossier['id']}", json={"answers": french})
    for claim in claims[1:]:
        said = await drafter.put(
            f"claims/{claim['id']}/texts/fr", json={"statement": "En français."}
        )
        assert said.status_code == 204
    [missing] = (await drafter.get(f"dossiers/{dossier['id']}")).json()["further"]["fr"]
    assert missing.startswith("This claim:")
    await drafter.put(
        f"claims/{claims[0]['id']}/texts/fr", json={"statement": "Il l’a fait battre."}
    )
    assert (
        await drafter.put(f"claims/{claims[0]['id']}/texts/ir", json={"statement": "x"})
    ).status_code == 422
    second = await made(drafter, f"dossiers/{dossier['id']}/revision", {})
    assert second["digest"] != first["digest"]
    async with coalition.database.session(job=True) as session:
        kept = await latest_revision(session, dossier["action"])
    assert kept is not None
    english, text = ((kept.content or {})["languages"][tag]["body"] for tag in ("en", "fr"))
    assert "“دوباره شروع کنید”" in english
    assert "“Begin again.”" in english
    assert "**Critère juridique :**" in text
    assert "Il l’a fait battre." in text
    assert "| Nationalité | Iran |" in text
    assert "En anglais :" in text
    for phrase in ("Legal test", "Nothing is known", "Date of birth", "Nationality", "Exhibits:"):
        assert phrase not in text, phrase
    pdf = await drafter.get(f"dossiers/{dossier['id']}/document", params={"language": "fr"})
    assert "Critère juridique" in pdf_text(pdf.content)


def test_a_dossier_speaks_every_language_it_is_written_in() -> None:
    tags = {tag for form in load_dossier_forms(POLICIES, load_jurisdictions(POLICIES)).by_code.values()
            for tag in form.languages}  # fmt: skip
    said = [*words.DOSSIER.values(), *words.ABUSES.values(), *words.LINKS.values(), *words.TIERS.values(),
            *words.STATUSES.values(), *words.PROPERTIES.values(), *words.RELATIONS.values()]  # fmt: skip
    for tag in tags:
        known = catalogue(tag)._catalog  # type: ignore[attr-defined]
        assert [sentence for sentence in said if not known.get(sentence)] == []


def test_every_jurisdiction_has_its_dossier_and_a_mistake_in_one_stops_the_start(
    tmp_path: Path,
) -> None:
    known = load_jurisdictions(POLICIES)
    forms = load_dossier_forms(POLICIES, known)
    assert set(forms.by_code) == set(known.by_code)
    orders = {tuple(part.key for part in form.parts) for form in forms.by_code.values()}
    assert len(orders) == len(forms.by_code)
    folder = tmp_path / "forms" / "dossiers"
    folder.mkdir(parents=True)
    with pytest.raises(PolicyFileError, match="it has no dossier"):
        load_dossier_forms(tmp_path, known)
    text = (POLICIES / "forms" / "dossiers" / "uk.yaml").read_text(encoding="utf-8")
    for old, new, says in (
        ("fills: exculpatory", "fills: rumour", "parts"),
        ("fills: exculpatory", "fills: assets", "every dossier has these parts too: exculpatory"),
        ("{target}", "somebody", "the title says"),
        ("covers: [life", "covers: [leisure", "covers"),
    ):
        (folder / "uk.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(PolicyFileError, match=r"uk\.yaml, line \d+") as refused:
            load_dossier_forms(tmp_path, known)
        assert says in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "*a* _b_ `c` [d](e) <f> #g | h ~i~", "# no heading", "- no item\n+ nor this", "1. no list\n2) nor this",
        "a\\b", "---",
    ],
)  # fmt: skip
def test_nothing_written_is_taken_for_markup(text: str) -> None:
    from assent.documents.blocks import Paragraph
    from assent.documents.markdown import blocks_of

    [block] = blocks_of(plain(text))
    assert isinstance(block, Paragraph)
    assert "".join(run.text for run in block.runs) == text


async def test_a_source_who_agrees_no_longer_holds_what_was_cleared_and_what_is_under_way(
    drafter: httpx2.AsyncClient, target: str, fill: Fill, coalition: Coalition, visitors: Visitors
) -> None:
    await fill("torture")
    await agrees(drafter, "GB")
    dossier = await answer_all(drafter, await begin(drafter, target))
    await made(drafter, f"dossiers/{dossier['id']}/revision", {})
    action = UUID(dossier["action"])
    await drafter.patch(f"actions/{action}", json={"visibility": "case"})
    await coalition.clears(coalition.harbour_officer, action)
    await coalition.clears(coalition.reviewer, action, Role.SAFETY_REVIEWER)
    await coalition.says(coalition.mother, action, "yes")
    launch = await planned(coalition, action)
    await agrees(drafter, "GB", agrees=False)
    with pytest.raises(SourceAgainst) as against:
        await coalition.publishes(action)
    assert against.value.extra["exhibits"] == ["The letter"]
    with pytest.raises(LaunchShut) as shut:
        await released(coalition, launch)
    assert shut.value.extra["actions"] == [{"action": str(action), "missing": ["source"]}]
    # What the application forgot to ask, the database asks.
    with pytest.MonkeyPatch.context() as forgetful:
        forgetful.setattr(service, "require_sources_agree", _asks_nobody)
        with pytest.raises(IntegrityError, match="the gate is shut: source"):
            await coalition.publishes(action)
    await agrees(drafter, "GB")
    await coalition.publishes(action)
    await agrees(drafter, "GB", agrees=False)
    coordinator = await visitors.program(coalition.coordinator)
    [delivery] = (await coordinator.get(f"actions/{action}/deliveries")).json()["items"]
    refused = await coordinator.post(f"deliveries/{delivery['id']}/handover", json={})
    assert (refused.status_code, refused.json()["exhibits"]) == (409, ["The letter"])


async def _asks_nobody(*_: object) -> None:
    return None
