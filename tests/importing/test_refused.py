"""What an import file may not say: each refused by file, line and field, and nothing of it taken."""

from collections.abc import Awaitable, Callable

import pytest

from assent.importing.reading import LARGEST_BYTES, ImportProblem
from tests.importing.conftest import RIGHT, Imports

Refused = Callable[[str | bytes], Awaitable[ImportProblem]]


def line_of(content: str, mark: str) -> int:
    return content[: content.index(mark)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("slug: harbour,", "slug: The Harbour,", "organisations[0].slug"),
        ("name: Harbour,", "name: Hаrbour,", "organisations[0].name"),
        ("country: SE", "country: Sweden", "organisations[0].country"),
        ("country: SE", "country: ZZ", "organisations[0].country"),
        ("country: SE,", "country: SE, colour: blue,", "organisations[0].colour"),
        ("[harbour.example]", "[harbour.example, 7]", "organisations[0].email_domains[1]"),
        ("email: ada@harbour.example", "email: ada", "people[0].email"),
        ("email: child@family.example", "email: MOTHER@family.example", "people[2].email"),
        ("name: Ada,", "name: '',", "people[0].name"),
        ("name: Ada,", "", "people[0].name"),
        ("language: en, org", "language: English please, org", "people[0].language"),
        ("organisation: harbour, organisation_admin",
         "organisation: haven, organisation_admin", "people[0].organisation"),
        ("organisation_admin: true", "organisation_admin: perhaps", "people[0].organisation_admin"),
        ("born: 2015-01-01", "born: 2015-02-30", "people[2].born"),
        ("born: 2015-01-01", "born: yesterday", "people[2].born"),
        ("name: Mother, language: fa",
         "name: Mother, language: fa, organisation_admin: true", "people[1].organisation_admin"),
        ("slug: the-nurse", "slug: new", "cases[0].slug"),
        ("title: The nurse", "title: ' '", "cases[0].title"),
        ("name: Mina,", "name: [Mina],", "cases[0].detained_person.name"),
        ("nationalities: [IR]", "nationalities: [Iran]", "cases[0].detained_person.nationalities"),
        ("born: 1988-03-01", "born: 1988-99", "cases[0].detained_person.born"),
        ("detaining_state: IR", "detaining_state: XX", "cases[0].detaining_state"),
        ("posture: quiet", "posture: loud", "cases[0].posture"),
        ("person: ada@harbour.example", "person: bob@harbour.example", "cases[0].memberships[0].person"),
        ("role: coordinator", "role: king", "cases[0].memberships[0].role"),
        ("role: coordinator, organisation: harbour", "role: coordinator", "cases[0].memberships[0].organisation"),
        ("person: child@family.example", "person: mother@family.example", "cases[0].memberships[2]"),
        ("rule: one", "rule: most", "cases[0].family_arrangement.rule"),
        ("rule: one", "rule: quorum, quorum: 2", "cases[0].family_arrangement.quorum"),
        ("decision_makers: [mother@family.example]",
         "decision_makers: [child@family.example]", "cases[0].family_arrangement.decision_makers"),
        ("decision_makers: [mother@family.example]",
         "decision_makers: [ada@harbour.example]", "cases[0].family_arrangement.decision_makers"),
        ("kind: public_statement", "kind: leaflet", "cases[0].actions[0].kind"),
        ("visibility: case", "visibility: world", "cases[0].actions[0].visibility"),
        ("author: ada@harbour.example", "author: mother@family.example", "cases[0].actions[0].author"),
        ("en: { title", "e_n: { title", "cases[0].actions[0].revisions[0].languages.e_n"),
        ("body: She is a nurse.", "body: ''", "cases[0].actions[0].revisions[0].languages.en.body"),
        ("pages: 2", "pages: 2.5", "cases[0].actions[0].revisions[0].form.pages"),
        ("cosigners: [harbour]", "cosigners: [haven]", "cases[0].actions[0].revisions[0].cosigners"),
        ("audience: public", "audience: everybody", "cases[0].actions[0].revisions[0].audience"),
        ("2027-01-01T00:00:00Z", "soon", "cases[0].actions[0].revisions[0].not_before"),
        ("events: []", "events: [{ kind: hearing, happened_on: 2026 }]", "cases[0].events[0].title"),
        ("events: []", "events: [{ kind: rumour, happened_on: 2026, title: A }]", "cases[0].events[0].kind"),
        ("events: []", "events: [{ kind: hearing, happened_on: May, title: A }]", "cases[0].events[0].happened_on"),
        ("targets: []", "targets: [{ id: 1 }]", "cases[0].targets[0].schema"),
        ("targets: []", "targets: [{ schema: Person, properties: { name: [A], birthDate: [soon] } }]",
         "cases[0].targets[0].properties.birthDate[0]"),
        ("assignee: ada@harbour.example", "assignee: bob@harbour.example", "cases[0].tasks[0].assignee"),
        ("assignee: ada@harbour.example, ", "", "cases[0].tasks[0]"),
        ("action: Free the nurse }", "action: Free the doctor }", "cases[0].tasks[0].action"),
        ("due_on: 2027-01-01", "due_on: soon", "cases[0].tasks[0].due_on"),
    ],
)  # fmt: skip
async def test_each_with_its_line_and_field(
    refused: Refused, old: str, new: str, field: str
) -> None:
    assert RIGHT.count(old) >= 1
    problem = await refused(RIGHT.replace(old, new, 1))
    assert problem.field == field
    assert problem.line == line_of(RIGHT, old)
    assert problem.file == "coalition.yaml"
    assert str(problem) == f"coalition.yaml, line {problem.line}, {field}: {problem.reason}"


@pytest.mark.parametrize("word", ["clearances", "consents", "publications", "withdrawals"])
@pytest.mark.parametrize(
    "before", ["organisations:", "    actions:", "        visibility:", "            form:"]
)
async def test_decisions_are_only_made_by_people(refused: Refused, word: str, before: str) -> None:
    indent = " " * (len(before) - len(before.lstrip()))
    content = RIGHT.replace(before, f"{indent}{word}: []\n{before}", 1)
    problem = await refused(content)
    assert problem.field.endswith(word)
    assert problem.line == line_of(content, f"{word}: []")
    assert "people" in problem.reason


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("# nothing\n", 1),
        ("- a\n- b\n", 1),
        ("people: 7\n", 1),
        ("people:\n  - &a { email: a@b.example }\n  - *a\n", 2),
        ("people: !!python/object/apply:os.system ['true']\n", 1),
        ("people:\n  - { email: a@b.example\n", 3),
        ("people: []\npeople: []\n", 2),
        ("people: []\n? [1, 2]\n: 3\n", 2),
        ("people: []\n{}: 3\n", 2),
        ("\ttab: 1\n", 1),
        ("people: []\n--- \npeople: []\n", 2),
        (b"people: []\nname: \xff\xfe\n", 2),
        (b"\x00\x01", 1),
        ("cases: " + "[" * 500 + "]" * 500, 1),
        ("cases: " + "[" * 200_000, 1),
        ('people:\n  - name: "\\ud800"\n', 2),
    ],
)
async def test_what_is_hardly_a_file(refused: Refused, content: str | bytes, line: int) -> None:
    assert (await refused(content)).line == line


async def test_a_file_of_more_than_twenty_megabytes(refused: Refused) -> None:
    assert "20 MB" in (await refused(RIGHT + "#" * LARGEST_BYTES)).reason


async def test_what_is_there_already_is_not_imported_again(imports: Imports) -> None:
    await imports(RIGHT)
    for first, field in (
        ("organisations:", "organisations[0].slug"),
        ("people:", "people[0].email"),
        ("cases:", "cases[0].slug"),
    ):
        with pytest.raises(ImportProblem) as problem:
            await imports(RIGHT[RIGHT.index(first) :])
        assert (problem.value.line, problem.value.field) == (2, field)
