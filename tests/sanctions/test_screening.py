"""Screening: names across scripts, lists loaded whole or not at all, a matching service, a person's decision."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from assent.database.session import Database
from assent.ledger.store import read_case_records
from assent.refusal import Forbidden, NotFound
from assent.sanctions.entities import check_entity
from assent.sanctions.matching import compare, keys_of, name_likeness
from assent.sanctions.refusals import ScreeningAway
from assent.sanctions.screening import decide_candidate, screen_target, screenings_of
from assent.sanctions.watchlists import BrokenList, Loaded, load_watchlist
from assent.settings import Settings
from tests.coalition import Coalition
from tests.conftest import Place
from tests.sanctions.conftest import WARDEN, Add, a_person


def entity(name: str, **properties: list[str]) -> Any:
    return check_entity({"id": name.split()[0], **a_person(name, **properties)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohammad Rezaei", "محمد رضایی"),
        ("Muhammad Rezai", "Mohammed Rezaee"),
        ("Ivan Petrov", "Иван Петров"),
        ("Petrov Ivan Sergeyevich", "Ivan PETROV"),
        ("王小明", "Wang Xiaoming"),
        ("Qasem Soleimani", "Ghasem Suleimani"),
        ("Aleksandr Lukashenko", "Alexander Lukashenko"),
        ("José Álvarez", "Jose Alvarez"),
    ],
)
def test_names_find_each_other_across_scripts_and_spellings(one: str, other: str) -> None:
    assert set(keys_of([one])) & set(keys_of([other]))
    assert name_likeness(one, other) >= 0.75


@pytest.mark.parametrize(
    ("one", "other"), [("Ivan Petrov", "Maria Sidorova"), ("Mohammad Rezaei", "Mohammad Karimi")]
)
def test_other_names_are_less_alike(one: str, other: str) -> None:
    assert name_likeness(one, other) < 0.8


def test_a_score_comes_with_its_reasons() -> None:
    ours = entity("Ivan Petrov", birthDate=["1970-03-21"], nationality=["ru"])
    same = compare(ours, entity("Иван Петров", birthDate=["1970-03-21"], nationality=["ru"]))
    other = compare(ours, entity("Иван Петров", birthDate=["1991-01-01"], nationality=["by"]))
    assert same.score == 100
    assert other.score < 60
    assert [reason["kind"] for reason in other.reasons] == ["name", "birth_date", "country"]
    assert [reason.get("same") for reason in other.reasons[1:]] == [False, False]


LISTED = {
    "id": "Q1", "schema": "Person",
    "properties": {"name": ["Reza Nemunei"], "birthDate": ["1970-03-21"], "nationality": ["ir"]},
}  # fmt: skip
NAMESAKE = {
    "id": "Q2", "schema": "Person",
    "properties": {"name": ["Reza Nemounei"], "birthDate": ["1995"], "nationality": ["ir"]},
}  # fmt: skip
LISTING = {
    "id": "S1", "schema": "Sanction",
    "properties": {"entity": ["Q1"], "authority": ["HM Treasury"], "country": ["gb"], "listingDate": ["2022-10-10"],
                   "program": ["Global Human Rights"]},
}  # fmt: skip
ROWS = [LISTED, NAMESAKE, LISTING, {"id": "A1", "schema": "Address", "properties": {"full": ["x"]}}]


def a_list(folder: Path, rows: list[Any] = ROWS, name: str = "list.ftm.json") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def settings_of(folder: Path, **more: Any) -> Settings:
    return Settings.model_validate({"data": folder, **more})


async def test_a_target_is_found_and_a_person_decides(
    coalition: Coalition, add: Add, place: Place, tmp_path: Path
) -> None:
    line, who, settings = await add(WARDEN), coalition.drafter, settings_of(tmp_path)
    with pytest.raises(ScreeningAway):
        async with coalition.database.session(who.person_id) as session:
            await screen_target(session, who, line.id, "file", settings)
    loaded = load_watchlist(place.owner_dsn, a_list(tmp_path), "sanctions")
    assert (loaded.entities, loaded.skipped) == (3, 1)
    for outsider, refusal in ((coalition.stranger, NotFound), (coalition.observer, Forbidden)):
        with pytest.raises(refusal):
            async with coalition.database.session(outsider.person_id) as session:
                await screen_target(session, outsider, line.id, "file", settings)
    async with coalition.database.session(who.person_id) as session:
        screening = await screen_target(session, who, line.id, "file", settings)
    first = screening.candidates[0]
    assert first["id"] == "Q1"
    assert first["listings"] == [
        {"authority": "HM Treasury", "since": "2022-10-10", "programme": "Global Human Rights", "jurisdiction": "uk"}
    ]  # fmt: skip
    assert [c["score"] for c in screening.candidates] == sorted(
        (c["score"] for c in screening.candidates), reverse=True
    )
    async with coalition.database.session(who.person_id) as session:
        await decide_candidate(session, who, screening.id, "Q1", "unsure")
        await decide_candidate(session, who, screening.id, "Q1", "same", "the date fits")
        [found] = await screenings_of(session, line.id)
        with pytest.raises(NotFound):
            await decide_candidate(session, who, screening.id, "Q9", "same")
    assert found.decisions == {"Q1": "same"}
    async with coalition.database.session(job=True) as session:
        events = [r.record["event"] for r in await read_case_records(session, coalition.case_id)]
    assert events[-3:] == ["target_screened", "candidate_decided", "candidate_decided"]


async def test_a_list_is_replaced_whole_and_a_broken_one_changes_nothing(
    database: Database, place: Place, tmp_path: Path
) -> None:
    def load(path: Path) -> Loaded:
        return load_watchlist(place.owner_dsn, path, "sanctions")

    load(a_list(tmp_path))
    whole = a_list(tmp_path, name="whole.json").read_bytes()
    packed = gzip.compress(whole * 50)
    for name, data, says in (
        ("cut.json", whole[:-20], "cut off"),
        ("cut.json.gz", packed[: len(packed) // 2], "ends or breaks"),
        ("twice.json", whole + whole, "twice"),
        ("none.json", b'{"a": 1}\n', "no FollowTheMoney entity"),
        ("list.json", b"[]\n", "no FollowTheMoney entity"),
        ("empty.json", b"\n", "no entity in it"),
        ("long.json", b'{"id": "' + b"x" * (17 * 1024 * 1024), "longer than any entity"),
        ("binary.json", b"\xff\xfe\x00", "not JSON"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BrokenList, match=says):
            load(tmp_path / name)
    assert await count(database) == (1, 3)
    (tmp_path / "new.json.gz").write_bytes(gzip.compress(json.dumps(LISTED).encode()))
    load(tmp_path / "new.json.gz")
    assert await count(database) == (1, 1)


async def count(database: Database) -> tuple[int, int]:
    from sqlalchemy import text

    query = text(
        "select (select count(*) from assent.watchlists), (select count(*) from assent.watchlist_entities)"
    )
    async with database.session(job=True) as session:
        lists, entities = (await session.execute(query)).one()
    return lists, entities


class Service(BaseHTTPRequestHandler):
    """A small server that speaks the documented protocol: POST /match/{dataset}."""

    seen: ClassVar[list[dict[str, Any]]] = []
    answer: ClassVar[bytes] = b""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(
            {"path": self.path, "body": body, "key": self.headers.get("Authorization")}
        )
        self.send_response(200 if self.path.startswith("/match/sanctions?") else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Service.seen.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_matching_service_is_asked_and_told_no_more_than_it_needs(
    coalition: Coalition, add: Add, service: str, tmp_path: Path
) -> None:
    nested = {
        "properties": {
            "authority": ["OFAC"],
            "country": ["us"],
            "startDate": ["2021"],
            "program": ["GLOMAG"],
        }
    }
    found = {
        "id": "Q1", "caption": "Reza Nemunei", "schema": "Person", "score": 0.93, "match": True,
        "features": {"name_literal_match": 1.0, "dob_year_disjoint": 0.0},
        "properties": {"name": ["Reza Nemunei"], "sanctions": [nested]}, "datasets": ["us_ofac_sdn"],
    }  # fmt: skip
    Service.answer = json.dumps(
        {"responses": {"target": {"status": 200, "results": [found, {"id": 5}]}}}
    ).encode()
    secret = {**WARDEN, "properties": {**WARDEN["properties"], "notes": ["our witness"]}}  # type: ignore[dict-item]
    line, who = await add(secret), coalition.drafter
    settings = settings_of(tmp_path, yente_url=service, yente_api_key="a-key")
    async with coalition.database.session(who.person_id) as session:
        screening = await screen_target(session, who, line.id, "yente", settings)
    [candidate] = screening.candidates
    assert (candidate["score"], candidate["listings"][0]["jurisdiction"]) == (
        93,
        "us_global_magnitsky",
    )
    [call] = Service.seen
    assert call["key"] == "ApiKey a-key"
    query = call["body"]["queries"]["target"]
    assert query["schema"] == "Person"
    assert set(query["properties"]) == {"name", "alias", "birthDate", "nationality"}
    for broken in (b"", b"[]", b'{"responses": {}}', b'{"responses": {"target": {"status": 500}}}'):
        Service.answer = broken
        with pytest.raises(ScreeningAway):
            async with coalition.database.session(who.person_id) as session:
                await screen_target(session, who, line.id, "yente", settings)
    nowhere = settings_of(tmp_path, yente_url="http://127.0.0.1:9")
    with pytest.raises(ScreeningAway):
        async with coalition.database.session(who.person_id) as session:
            await screen_target(session, who, line.id, "yente", nowhere)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_million_entities(
    coalition: Coalition, add: Add, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Loaded in minutes, in little memory; a target is found among them in a moment. Prints both."""
    import random
    import resource
    import time

    chance = random.Random(1)
    first = [
        "Ivan",
        "Мария",
        "محمد",
        "Reza",
        "Wang",
        "Aung",
        "Jose",
        "Nadia",
        "Aliaksandr",
        "Fatima",
    ]
    syllables = ["ka", "ro", "shi", "ndu", "bek", "ova", "zad", "eh", "lin", "mar", "tov", "pur"]
    path = tmp_path / "million.json"
    with path.open("w", encoding="utf-8") as file:
        for number in range(1_000_000):
            last = "".join(chance.choices(syllables, k=3)).title()
            properties = {
                "name": [f"{chance.choice(first)} {last}"], "country": [chance.choice(["ru", "ir", "cn", "by"])],
                "birthDate": [str(chance.randint(1940, 2000))],
            }  # fmt: skip
            file.write(
                json.dumps({"id": f"E{number}", "schema": "Person", "properties": properties})
                + "\n"
            )
        file.write(json.dumps(LISTED) + "\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    loaded = load_watchlist(place.owner_dsn, path, "million")
    took = time.monotonic() - began
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    line, who = await add(WARDEN), coalition.drafter
    began = time.monotonic()
    async with coalition.database.session(who.person_id) as session:
        screening = await screen_target(session, who, line.id, "file", settings_of(tmp_path))
    found = time.monotonic() - began
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{loaded.entities:,} entities ({path.stat().st_size / 2**20:.0f} MB) loaded in {took:.0f} s,"
            f" {more:.0f} MB of memory more; one target looked for in {found * 1000:.0f} ms."
            f" At this rate 3 GB take {3 * 2**30 / path.stat().st_size * took / 60:.0f} minutes, in no more memory"
        )
    assert screening.candidates[0]["id"] == "Q1"
    assert loaded.entities == 1_000_001
    assert more < 300
    assert found < 5
