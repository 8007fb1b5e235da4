"""Forms as declared: those we ship can be used, and a mistake in one stops the start with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assent.access import PolicyFileError
from assent.actions.kinds.declared import FormField, load_forms
from assent.gates import read_gates
from assent.settings import ROOT

POLICIES = ROOT / "policies"
FORM = """\
kind: public_statement
form: short
title: A form
source: { what: nobody, checked: "2026-11-25" }
sections:
  - name: one
    title: One
    fields:
      - { name: line, label: A line, required: true }
"""


def test_every_form_we_ship_belongs_to_a_kind_with_a_gate_and_names_its_source() -> None:
    forms = load_forms(POLICIES)
    gates = read_gates(POLICIES)
    assert set(forms.by_kind) <= set(gates.kinds)
    assert set(forms.of_kind("un_submission")) == {
        "working_group", "urgent_appeal", "individual_complaint",
    }  # fmt: skip
    for kind in forms.by_kind.values():
        for form in kind.values():
            assert form.source.what
            assert form.source.checked


def test_the_eleven_criteria_each_ask_for_evidence() -> None:
    form = load_forms(POLICIES).of_kind("wrongful_detention_assessment")["levinson"]
    criteria = [section for section in form.sections if section.name != "person"]
    assert [int(section.title.split(".")[0]) for section in criteria] == list(range(1, 12))
    for section in criteria:
        assert [field.name for field in section.fields] == ["met", "why", "evidence"]


@pytest.mark.parametrize(
    ("wrong", "instead", "line", "said"),
    [
        ("kind: public_statement", "kind: Public", 1, "kind"),
        ("label: A line", "labell: A line", 9, "label"),
        ("label: A line", "label: A line, type: colour", 9, "type"),
        ("label: A line", "label: A line, type: choice", 9, "options belong to choice"),
        ("label: A line", "label: A line, type: records", 9, "fields belong to records"),
        ('checked: "2026-11-25"', "checked: lately", 4, "source.checked"),
        ("name: one", "name: form", 5, "no section is called form"),
        ("    title: One\n", "", 6, "title"),
        ("title: A form", "title: A form\ntitle: Twice", 4, "twice"),
        ("title: A form", "title: [", 5, "not YAML"),
    ],
)
def test_a_mistake_is_said_with_file_and_line(
    tmp_path: Path, wrong: str, instead: str, line: int, said: str
) -> None:
    folder = tmp_path / "forms"
    folder.mkdir()
    assert wrong in FORM
    (folder / "short.yaml").write_text(FORM.replace(wrong, instead), encoding="utf-8")
    with pytest.raises(PolicyFileError) as refused:
        load_forms(tmp_path)
    found = re.search(r"short\.yaml, line (\d+)", str(refused.value))
    assert found
    assert said in str(refused.value)
    if "name: form" not in instead:  # said of the whole file
        assert int(found[1]) == line


def test_a_form_that_is_declared_twice_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "forms"
    folder.mkdir()
    for name in ("a.yaml", "b.yaml"):
        (folder / name).write_text(FORM, encoding="utf-8")
    with pytest.raises(PolicyFileError, match="declared in two files"):
        load_forms(tmp_path)


def test_records_hold_no_records() -> None:
    inner = {"name": "a", "label": "A", "type": "records", "fields": [{"name": "b", "label": "B"}]}
    with pytest.raises(ValueError, match="no further records"):
        FormField.model_validate({"name": "c", "label": "C", "type": "records", "fields": [inner]})
