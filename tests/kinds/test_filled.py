"""What is filled into a form: complete, of known fields, told in plain order, and never lost from sight."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.datastructures import FormData

from assent.actions.kinds.checks import read_content
from assent.actions.kinds.declared import Forms, load_forms
from assent.actions.kinds.filled import FormProblem, check_form, flat_answers, read_form
from assent.actions.kinds.typed import form_field, form_typed, label_of
from assent.actions.refusals import UnfitContent
from assent.settings import ROOT
from tests.coalition import content
from tests.kinds.forms import APPEAL, COMPLAINT, LEVINSON, QUESTIONNAIRE

FORMS = load_forms(ROOT / "policies")


@pytest.fixture(autouse=True)
def _in_force(policies: None) -> None:
    """The forms we ship."""


def check(form: dict[str, Any], kind: str = "un_submission") -> dict[str, Any]:
    return check_form(FORMS, kind, form)


@pytest.mark.parametrize("form", [QUESTIONNAIRE, APPEAL, COMPLAINT])
def test_a_complete_form_is_taken_as_it_is(form: dict[str, Any]) -> None:
    assert check(form) == form


def test_the_eleven_criteria_can_be_filled_in() -> None:
    assert check_form(FORMS, "wrongful_detention_assessment", LEVINSON) == LEVINSON


def test_what_is_empty_is_left_out_and_a_form_left_out_is_no_form() -> None:
    padded = QUESTIONNAIRE | {
        "identity": QUESTIONNAIRE["identity"] | {"document": "  "},
        "detention": QUESTIONNAIRE["detention"]
        | {"places": [*QUESTIONNAIRE["detention"]["places"], {"place": ""}]},
    }
    assert check(padded) == QUESTIONNAIRE
    assert check({}) == {}
    assert check({"form": "", "identity": {"family_name": ""}}) == {}


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ({"form": "working_group"}, "form.identity.family_name"),
        ({"form": "another"}, "form.form"),
        (QUESTIONNAIRE | {"page": "1"}, "form.page"),
        (QUESTIONNAIRE | {"identity": {"surname": "A"}}, "form.identity.surname"),
        (QUESTIONNAIRE | {"identity": "A"}, "form.identity"),
        (
            QUESTIONNAIRE | {"arrest": QUESTIONNAIRE["arrest"] | {"date": "in May"}},
            "form.arrest.date",
        ),
        (
            QUESTIONNAIRE | {"arrest": QUESTIONNAIRE["arrest"] | {"warrant": "perhaps"}},
            "form.arrest.warrant",
        ),
        (
            QUESTIONNAIRE | {"detention": {"places": [{"place": "A"}, {"since": "2024"}]}},
            "form.detention.places[1].place",
        ),
        (QUESTIONNAIRE | {"detention": {"places": {"place": "A"}}}, "form.detention.places"),
        (
            QUESTIONNAIRE | {"detention": {"places": [{"place": "A", "to": "B"}]}},
            "form.detention.places[0].to",
        ),
        (
            QUESTIONNAIRE
            | {"arbitrary": QUESTIONNAIRE["arbitrary"] | {"categories": ["category_9"]}},
            "form.arbitrary.categories[0]",
        ),
        (
            QUESTIONNAIRE | {"circumstances": {"account": "a" * 20_001}},
            "form.circumstances.account",
        ),
        (
            QUESTIONNAIRE | {"identity": QUESTIONNAIRE["identity"] | {"born": 1984}},
            "form.identity.born",
        ),
        (
            COMPLAINT | {"committee": COMPLAINT["committee"] | {"state": "Iran"}},
            "form.committee.state",
        ),
    ],
)
def test_the_first_thing_that_does_not_fit_is_named_by_its_path(
    form: dict[str, Any], path: str
) -> None:
    with pytest.raises(FormProblem) as refused:
        check(form)
    assert refused.value.path == path
    with pytest.raises(UnfitContent) as said:
        read_content(content(form=form), "un_submission")
    assert said.value.field == path
    assert path in said.value.message()


def test_what_does_not_say_which_form_it_is_is_kept_and_shown_as_it_is() -> None:
    free = {"pages": 2, "urgent": True, "to": ["a", "b"]}
    assert check(free) == free
    shown = flat_answers(read_form(FORMS, "un_submission", free))
    assert shown == {("pages",): "2", ("urgent",): "True", ("to",): "a\nb"}
    typed = FormData([("form_shown", "statement"), ("form.form", "statement")])
    assert form_typed(typed, FORMS.of_kind("public_statement"), free) == free


def test_a_kind_without_declared_forms_takes_any() -> None:
    assert check({"anything": ["goes"]}, "sanctions_request_of_old") == {"anything": ["goes"]}


def test_the_digest_does_not_depend_on_what_was_left_empty() -> None:
    padded = QUESTIONNAIRE | {"submitter": QUESTIONNAIRE["submitter"] | {"date": ""}}
    one, other = (
        read_content(content(form=form), "un_submission") for form in (QUESTIONNAIRE, padded)
    )
    assert one.digest == other.digest


def quoting(words: str, **more: str) -> dict[str, Any]:
    quote = {"who": "A colleague", "words": words, "agreed_on": "2026-11-01", "how": "by letter"}
    return {"form": "statement", "quotes": {"people": [quote | more]}}


def test_a_quotation_stands_in_the_text_and_has_been_agreed_to() -> None:
    fits = quoting("She taught children to read.")
    assert read_content(content(form=fits), "public_statement").form == fits
    for wrong, field in (
        (quoting("She was a spy."), "form.quotes.people[0].words"),
        (quoting("She taught children to read.", agreed_on=""), "form.quotes.people[0].agreed_on"),
    ):
        with pytest.raises(UnfitContent) as refused:
            read_content(content(form=wrong), "public_statement")
        assert refused.value.field == field


def test_everything_filled_in_is_shown_whatever_the_declarations_say_by_now() -> None:
    filled = read_form(FORMS, "un_submission", QUESTIONNAIRE)
    assert filled
    assert filled.sections[0].title == "I. Identity"
    shown = flat_answers(filled)
    assert shown["III. Detention", "Places of detention 2", "Place"] == "Prison of the north"
    assert "Category II" in shown["V. Why the detention is arbitrary", "Categories"]

    gone = read_form(Forms({}), "un_submission", QUESTIONNAIRE)
    assert gone
    assert gone.declared is None
    later = read_form(
        FORMS,
        "un_submission",
        QUESTIONNAIRE | {"annex": {"a": ["x", "y"]}, "identity": {"old": "O"}},
    )
    assert later
    said = "\n".join(flat_answers(later).values())
    assert all(word in said for word in ("x\ny", "O"))
    for words in _words(QUESTIONNAIRE):
        assert words in "\n".join(flat_answers(gone).values())
    assert read_form(FORMS, "un_submission", {}) is None


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value
    return [word for item in items for word in _words(item)]


def typed_as(pairs: list[tuple[str, str]]) -> FormData:
    """What a browser sent."""
    return FormData([*pairs])


def fields_of(value: Any, path: str = "form") -> list[tuple[str, str]]:
    """A form as a browser would send it."""
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in fields_of(item, f"{path}.{key}")]
    if all(isinstance(item, str) for item in value):
        ticked = path.endswith(("categories", "holders"))
        return [(path, item) for item in value] if ticked else [(path, "\r\n".join(value))]
    return [pair for n, item in enumerate(value) for pair in fields_of(item, f"{path}.{n}")]


@pytest.mark.parametrize("form", [QUESTIONNAIRE, APPEAL, COMPLAINT])
def test_what_is_typed_into_the_editor_is_the_form(form: dict[str, Any]) -> None:
    typed = FormData([("form_shown", form["form"]), *fields_of(form)])
    assert form_typed(typed, FORMS.of_kind("un_submission"), {}) == form


def test_another_form_keeps_the_answers_both_ask_for() -> None:
    known = FORMS.of_kind("un_submission")
    typed = [("form_shown", "working_group"), *fields_of(QUESTIONNAIRE)]
    typed = [(k, "urgent_appeal" if k == "form.form" else v) for k, v in typed]
    switched = form_typed(typed_as(typed), known, {})
    assert switched["form"] == "urgent_appeal"
    assert switched["identity"]["family_name"] == QUESTIONNAIRE["identity"]["family_name"]
    assert "arrest" not in switched
    none = [(k, "" if k == "form.form" else v) for k, v in typed]
    assert form_typed(typed_as(none), known, QUESTIONNAIRE) == {}
    assert form_typed(FormData([]), known, QUESTIONNAIRE) == QUESTIONNAIRE


def test_a_path_finds_its_field_on_the_page_and_its_question() -> None:
    known = FORMS.of_kind("un_submission")
    path = "form.detention.places[1].place"
    assert form_field(path) == "form.detention.places.1.place"
    assert form_field("form.arbitrary.categories[0]") == "form.arbitrary.categories"
    assert label_of(known, QUESTIONNAIRE, path) == "Place"
    assert label_of(known, QUESTIONNAIRE, "form.form") == ""
    assert label_of(known, QUESTIONNAIRE, "languages.en.title") == ""
