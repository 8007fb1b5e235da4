"""The instruments through their doors: pages without scripts, and programs."""

from __future__ import annotations

import hashlib
from io import BytesIO

from pypdf import PdfReader

from tests.coalition import Coalition, content
from tests.documents.reading import docx_text, pdf_text
from tests.kinds.forms import ANSWERS, QUESTIONNAIRE
from tests.kinds.test_filled import fields_of
from tests.web.visitors import Visitors

MARKED = {
    "en": {
        "title": "Free <b>her</b>",
        "body": "# Why\n\nShe **taught**. <script>alert(1)</script>\n\n- a\n- b\n\nSee https://harbour.example/why.",
    },
    "fa": {"title": "آزادی", "body": "او **معلم** است."},
}


async def test_a_form_is_filled_in_without_scripts_and_read_by_the_family(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.an_action("un_submission")
    drafter = await visitors.browser(coalition.drafter)
    page = await drafter.get(f"/actions/{action}/edit")
    assert "Which form?" in page.text
    typed = [
        ("language", "en"), ("title.en", "A communication"), ("body.en", "About a teacher."),
        ("audience", "recipients"), ("recipients", "Working Group"),
    ]  # fmt: skip
    chosen = [*typed, ("form_shown", ""), ("form.form", "working_group"), ("do", "save")]
    await drafter.post(f"/actions/{action}/edit", data=_fields(chosen))
    page = await drafter.get(f"/actions/{action}/edit")
    assert 'name="form.identity.family_name"' in page.text
    assert "Fact Sheet No. 26" in page.text

    unfinished = [(k, v) for k, v in fields_of(QUESTIONNAIRE) if k != "form.arrest.place"]
    sent = [*typed, ("form_shown", "working_group"), *unfinished, ("do", "submit")]
    refused = await drafter.post(f"/actions/{action}/edit", data=_fields(sent))
    assert refused.status_code == 422
    assert '<a href="#form.arrest.place">' in refused.text
    assert "Place of arrest, as exactly as possible: please fill this in." in refused.text
    assert "Prison of the north" in refused.text  # nothing typed is lost

    sent = [*typed, ("form_shown", "working_group"), *fields_of(QUESTIONNAIRE), ("do", "submit")]
    assert (await drafter.post(f"/actions/{action}/edit", data=_fields(sent))).status_code == 303
    revision = await coalition.revision(action)
    assert revision.content
    assert revision.content["form"] == QUESTIONNAIRE

    brother = await visitors.browser(coalition.brother)
    page = await brother.get(f"/actions/{action}/decide")
    assert "Prison of the north" in page.text
    assert "Category II" in page.text
    assert "May the government be told the person&#39;s name?" in page.text
    answer = {"digest": revision.digest, "language": "en", "decision": "yes"}
    silent = await brother.post(f"/actions/{action}/decide", data=answer)
    assert silent.status_code == 422
    assert '<a href="#answers.naming">' in silent.text
    said = answer | {f"answers.{name}": word for name, word in (ANSWERS | {"known": "no"}).items()}
    assert (await brother.post(f"/actions/{action}/decide", data=said)).status_code == 303
    page = await brother.get(f"/actions/{action}/decide")
    assert "You answered:" in page.text
    assert "Nobody outside is told that it was filed." in page.text


def _fields(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


async def test_the_api_names_what_is_missing_by_its_path(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.an_action("un_submission")
    drafter = await visitors.program(coalition.drafter)
    for form, path in (
        ({"form": "working_group"}, "form.identity.family_name"),
        (QUESTIONNAIRE | {"page": "1"}, "form.page"),
        ({"form": "unheard_of"}, "form.form"),
    ):
        refused = await drafter.post(
            f"actions/{action}/revisions", json={"content": content(form=form)}
        )
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("unfit-content")
        assert path in refused.text
    made = await drafter.post(
        f"actions/{action}/revisions", json={"content": content(form=QUESTIONNAIRE)}
    )
    assert made.status_code == 201
    shown = await drafter.get(f"actions/{action}/revisions/1/document", params={"lang": "fa"})
    assert shown.headers["content-type"] == "application/pdf"
    assert made.json()["digest"] in pdf_text(shown.content)
    assert (await drafter.get(f"actions/{action}/revisions/1/document?lang=xx")).status_code == 404
    word = await drafter.get(f"actions/{action}/revisions/1/document?format=docx&lang=en")
    assert "Prison of the north" in docx_text(word.content)
    for who, status in ((coalition.stranger, 404), (coalition.observer, 200)):
        program = await visitors.program(who)
        answer = await program.get(f"actions/{action}/revisions/1/document?lang=en")
        assert answer.status_code == status
    browser = await visitors.browser(coalition.mother)
    page = await browser.get(f"/actions/{action}/revisions/1/document.pdf?lang=fa")
    assert page.content == shown.content
    assert page.headers["cache-control"] == "no-store"


async def test_a_statement_reads_alike_for_all_and_can_be_fetched_as_a_file(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready(languages=MARKED, form={"<i>%s</i>": "<u>x</u>"})
    published = await coalition.publishes(action)
    nobody = await visitors.nobody()
    public = await nobody.get(published.path + "?lang=en")
    brother = await visitors.browser(coalition.brother)
    family = await brother.get(f"/actions/{action}/decide?read=en")
    for page in (public.text, family.text):
        assert "<strong>taught</strong>. &lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "Free &lt;b&gt;her&lt;/b&gt;" in page
        assert "<ul><li><p>a</p></li>" in page
        assert 'href="https://harbour.example/why"' in page
    assert "&lt;i&gt;%s&lt;/i&gt;" in family.text  # what nobody declared is shown, as text
    assert "&lt;u&gt;x&lt;/u&gt;" in family.text
    canonical = await nobody.get(published.path + ".json")
    digest = hashlib.sha256(canonical.content).hexdigest()
    assert f"<code>{digest}</code>" in public.text
    assert canonical.json()["form"] == {}
    pdf = await nobody.get(published.path + ".pdf?lang=en")
    assert digest in pdf_text(pdf.content)
    assert PdfReader(BytesIO(pdf.content)).metadata
    assert "taught" in docx_text((await nobody.get(published.path + ".docx?lang=en")).content)
    picture = await nobody.get(published.path + ".png?lang=fa")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content[:4] == b"\x89PNG"
    again = await nobody.get(
        published.path + ".pdf?lang=en", headers={"If-None-Match": pdf.headers["etag"]}
    )
    assert again.status_code == 304
    assert (await nobody.get(published.path + ".exe")).status_code in (404, 422)
    assert (await nobody.get("/s/nothing-here.pdf")).status_code == 404

    consent = await coalition.says(coalition.mother, action, "yes")
    await coalition.withdraws(coalition.mother, consent.id)
    for ending in ("", ".json", ".pdf", ".docx", ".png"):
        gone = await nobody.get(published.path + ending)
        assert gone.status_code == 410
        assert b"taught" not in gone.content


async def test_the_clock_and_all_sides_by_page_and_by_program(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready(
        kind="un_submission", form=QUESTIONNAIRE, answers=ANSWERS, audience=["Working Group"]
    )
    await coalition.publishes(action)
    drafter = await visitors.program(coalition.drafter)
    recorded = await drafter.post(
        f"actions/{action}/steps", json={"step": "transmitted", "happened_on": "2026-01-01"}
    )
    assert recorded.status_code == 201
    steps = {step["step"]: step for step in recorded.json()["items"]}
    assert steps["replied"]["due_on"] == "2026-03-02"
    assert (await drafter.get(f"actions/{action}/steps")).json() == recorded.json()
    for wrong in (
        {"step": "gone", "happened_on": "2026-01-01"},
        {"step": "replied", "happened_on": "soon"},
    ):
        assert (await drafter.post(f"actions/{action}/steps", json=wrong)).status_code == 422
    browser = await visitors.browser(coalition.drafter)
    page = await browser.get(f"/actions/{action}")
    assert "The government has replied" in page.text
    assert "due by" in page.text
    form = {"step": "replied", "happened_on": "2026-02-20"}
    assert (await browser.post(f"/actions/{action}/steps", data=form)).status_code == 303
    form = {"step": "replied", "happened_on": "20 February"}
    assert (await browser.post(f"/actions/{action}/steps", data=form)).status_code == 422

    meeting = {"side": "detaining", "country": "BY", "body": "Embassy", "held_on": "2026-11-02"}
    made = await drafter.post("cases/teacher/meetings", json=meeting)
    assert made.status_code == 201
    where = f"cases/teacher/meetings/{made.json()['id']}/notes"
    promise = {"text": "A call home.", "promised_by": "The consul", "due_on": "2026-12-01"}
    assert (await drafter.post(where, json=promise)).json()["notes"][0]["kind"] == "promise"
    assert (await drafter.post(where, json={"text": " "})).status_code == 422
    sides = (await drafter.get("cases/teacher/diplomacy")).json()["sides"]
    assert [len(side["meetings"]) for side in sides] == [0, 1, 0]
    page = await browser.get("/cases/teacher/diplomacy")
    assert "A call home." in page.text
    assert "Nothing has been written to this side." in page.text
    sent = await browser.post("/cases/teacher/meetings", data=meeting | {"held_on": ""})
    assert sent.status_code == 422
    assert 'value="Embassy"' in sent.text
    assert (await browser.post("/cases/teacher/meetings", data=meeting)).status_code == 303
    stranger = await visitors.program(coalition.stranger)
    assert (await stranger.get("cases/teacher/diplomacy")).status_code == 404
    assert (await stranger.post(where, json=promise)).status_code == 404
    observer = await visitors.program(coalition.observer)
    assert (await observer.post(where, json=promise)).status_code == 403
