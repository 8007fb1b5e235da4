"""What is taken as a target, and what is refused with field and reason."""

from typing import Any

import pytest

from assent.sanctions.entities import check_entity, merged, require_no_circle, transliteration
from assent.sanctions.refusals import BrokenEntity, CommandCircle

FOUR_SCRIPTS = ("علی محمدی " * 10 + "Иван Иванович " * 10 + "王小明" * 20 + "Ali Example " * 20)[
    :400
]


def person(**properties: list[str]) -> dict[str, Any]:
    return {"schema": "Person", "properties": {"name": ["A Warden"], **properties}}


def command(superior: str, lower: str) -> Any:
    properties = {"subject": [superior], "object": [lower], "role": ["commands"]}
    return check_entity({"schema": "UnknownLink", "properties": properties})


@pytest.mark.parametrize(
    ("raw", "field", "says"),
    [
        ([], "entity", "an object"),
        ("Person", "entity", "an object"),
        ({}, "schema", "no such schema"),
        ({"schema": "Warden"}, "schema", "no such schema"),
        ({"schema": "Thing"}, "schema", "no such schema"),
        ({"schema": "Person"}, "properties.name", "give a name"),
        ({"schema": "Person", "properties": []}, "properties", "an object of lists"),
        ({"schema": "Person", "id": 5, "properties": {}}, "id", "text without spaces"),
        ({"schema": "Person", "id": "a b", "properties": {}}, "id", "text without spaces"),
        (person(shoeSize=["44"]), "properties.shoeSize", "Person has no such property"),
        (person(birthDate=["soon"]), "properties.birthDate[0]", "“soon” is no value"),
        (person(nationality=["ir", "xx"]), "properties.nationality[1]", "“xx” is no value"),
        (person(gender=[True]), "properties.gender[0]", "should be text"),  # type: ignore[list-item]
        (person(notes={"a": 1}), "properties.notes", "a list of text"),  # type: ignore[arg-type]
        (person(notes=["x" * 20_001]), "properties.notes[0]", "too long"),
        (person(notes=["x"] * 201), "properties.notes", "at most 200"),
        ({"schema": "Family", "properties": {"person": ["a"]}}, "properties.relative", "whom this link joins"),
    ],
)  # fmt: skip
def test_broken_json_is_refused_with_field_and_reason(raw: object, field: str, says: str) -> None:
    with pytest.raises(BrokenEntity) as refused:
        check_entity(raw)
    assert refused.value.field == field
    assert says in str(refused.value)
    with pytest.raises(BrokenEntity) as refused:
        check_entity(raw, "targets[3]")
    assert str(refused.value.field).startswith("targets[3]")


def test_values_come_out_as_the_library_writes_them() -> None:
    entity = check_entity(person(birthDate=["1970-3-1"], nationality=["Iran"], email=[" "]))
    assert entity.values("nationality") == ("ir",)
    assert entity.values("birthDate") == ("1970-03-01",)
    assert "email" not in entity.properties
    assert check_entity(entity.as_json()) == entity


def test_a_name_of_400_characters_in_four_scripts_fits() -> None:
    entity = check_entity(person(name=[FOUR_SCRIPTS]))
    assert len(entity.caption) >= 399
    assert "Ali Example" in entity.caption


def test_a_target_without_any_identifier_is_warned_about() -> None:
    assert check_entity(person()).lacks_identifiers
    assert not check_entity(person(birthDate=["1970"])).lacks_identifiers
    post = {"schema": "Position", "properties": {"name": ["Minister"]}}
    assert not check_entity(post).lacks_identifiers


def test_joiners_without_which_a_name_is_misspelled_are_kept() -> None:
    entity = check_entity(person(name=["  رضا  نمونه\u200cای "], alias=["a\u200bb"]))
    assert entity.names == ("رضا نمونه\u200cای", "ab")


def test_a_name_somebody_spelled_goes_before_a_machines_letters() -> None:
    assert check_entity(person(name=["Иван Примеров"])).latin_name == "Ivan Primerov"
    spelled = person(name=["Иван Примеров"], alias=["Iwan Primerow"])
    assert check_entity(spelled).latin_name == "Iwan Primerow"
    assert check_entity(person(name=["Ivan Primerov"])).latin_name == ""


def test_names_are_given_in_latin_letters_too() -> None:
    assert transliteration("Иван Примеров") == "Ivan Primerov"
    assert transliteration("王小明") == "wáng xiǎo míng"
    assert transliteration("Ivan") == ""


def test_a_chain_of_command_in_a_circle_is_refused_by_name() -> None:
    people = [
        check_entity({"id": key, **person(name=[key.upper()])}) for key in ("a", "b", "c", "d")
    ]
    require_no_circle([*people, command("a", "b"), command("b", "c"), command("a", "c")])
    with pytest.raises(CommandCircle) as refused:
        require_no_circle(
            [*people, command("a", "b"), command("b", "c"), command("c", "d"), command("d", "b")]
        )
    assert refused.value.extra == {"circle": ["B", "C", "D", "B"]}
    with pytest.raises(CommandCircle):
        require_no_circle([*people, command("a", "a")])


def test_a_chain_of_thousands_is_walked() -> None:
    links = [command(f"p{n}", f"p{n + 1}") for n in range(5_000)]
    require_no_circle(links)
    with pytest.raises(CommandCircle):
        require_no_circle([*links, command("p5000", "p0")])


def test_two_become_one_with_every_name_kept() -> None:
    one = check_entity({"id": "one", **person(birthDate=["1970"])})
    two = check_entity(
        {"id": "two", **person(name=["A. Warden"], birthDate=["1970"], nationality=["ir"])}
    )
    entity, added = merged(one, two)
    assert entity.id == "one"
    assert entity.names == ("A Warden", "A. Warden")
    assert added == {"alias": ["A. Warden"], "nationality": ["ir"]}
    firm = check_entity({"schema": "Company", "properties": {"name": ["A Firm"]}})
    with pytest.raises(BrokenEntity):
        merged(one, firm)
    with pytest.raises(BrokenEntity):
        merged(one, command("a", "b"))
