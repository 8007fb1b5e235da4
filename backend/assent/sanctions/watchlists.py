"""Loading a data set of entities from a file: OpenSanctions' FollowTheMoney JSON, an entity a line, streamed.

The owner of the database loads it beside the lists in use, and puts it in their place at the end: a
broken or cut-off file changes nothing. Nothing is kept in memory but the line at hand.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID, uuid4

import orjson
import psycopg
from psycopg import sql

from assent.refusal import N_, Invalid
from assent.sanctions.matching import keys_of

LONGEST_LINE = 16 * 1024 * 1024
_EVERY = 20_000
_AT_ONCE = 1024 * 1024
_NAME = re.compile(r"[\w .:-]{1,100}")
# Links and documents are of no use for finding somebody; listings are kept under the one they are about.
_NAMED = ("name", "alias", "weakAlias", "previousName")
_KEPT = {
    "name", "alias", "weakAlias", "birthDate", "birthPlace", "nationality", "country", "citizenship", "jurisdiction",
    "gender", "position", "topics", "passportNumber", "idNumber", "registrationNumber", "taxNumber", "wikidataId",
    "leiCode", "incorporationDate", "sourceUrl", "programId", "program",
}  # fmt: skip
_OF_LISTING = {
    "entity", "authority", "country", "program", "programId", "listingDate", "startDate", "endDate", "status",
    "reason", "sourceUrl", "date",
}  # fmt: skip


class BrokenList(Invalid):
    """A data set that cannot be loaded; nothing of it was."""

    type = "broken-list"
    title = N_("This data set cannot be loaded; nothing has changed.")


@dataclass(frozen=True)
class Loaded:
    """What was loaded."""

    name: str
    entities: int
    skipped: int
    digest: str


def load_watchlist(
    owner_dsn: str,
    path: Path,
    name: str,
    tell: Callable[[int, int], None] = lambda done, size: None,
) -> Loaded:
    """Load a file as a list, in place of an earlier one of the same name.

    Args:
        owner_dsn: psycopg's address of the database as its owner.
        name: of the list.
        tell: called now and then with entities read and the part of the file in percent.

    Raises:
        BrokenList: with the line that is broken.
    """
    if not _NAME.fullmatch(name):
        raise BrokenList(N_("A list's name is made of letters, digits and spaces."), field="name")
    list_id = uuid4()
    table = sql.Identifier("assent_lists", f"list_{list_id.hex}")
    digest, counts = hashlib.sha256(), {"kept": 0, "skipped": 0}
    with psycopg.connect(owner_dsn) as owner:
        owner.execute(sql.SQL("create table {} (like assent.watchlist_entities)").format(table))
        copy_in = sql.SQL("copy {} (watchlist_id, entity_id, keys, entity) from stdin").format(
            table
        )
        with owner.cursor().copy(copy_in) as copy:
            for row in _rows(path, digest, counts, tell):
                copy.write_row((list_id, *row))
        if counts["kept"] == 0:
            raise BrokenList(N_("There is no entity in it."))
        _put_in_place(owner, table, list_id, name, digest.hexdigest(), counts["kept"])
    return Loaded(name, counts["kept"], counts["skipped"], digest.hexdigest())


def _put_in_place(
    owner: psycopg.Connection[Any],
    table: sql.Identifier,
    list_id: UUID,
    name: str,
    digest: str,
    entities: int,
) -> None:
    try:
        owner.execute(
            sql.SQL("alter table {} add primary key (watchlist_id, entity_id)").format(table)
        )
    except psycopg.errors.UniqueViolation as error:
        raise BrokenList(N_("An entity's id is in it twice.")) from error
    owner.execute(sql.SQL("create index on {} using gin (keys)").format(table))
    owner.execute(
        sql.SQL("alter table {} add check (watchlist_id = {})").format(table, sql.Literal(list_id))
    )
    owner.execute(
        sql.SQL(
            "alter table assent.watchlist_entities attach partition {} for values in ({})"
        ).format(table, sql.Literal(str(list_id)))
    )
    for (old,) in owner.execute(
        "select id from assent.watchlists where name = %s", [name]
    ).fetchall():
        before = sql.Identifier("assent_lists", f"list_{old.hex}")
        owner.execute(sql.SQL("drop table if exists {}").format(before))
        owner.execute("delete from assent.watchlists where id = %s", [old])
    owner.execute(
        "insert into assent.watchlists (id, name, digest, entities, loaded_at)"
        " values (%s, %s, %s, %s, assent.present())",
        [list_id, name, digest, entities],
    )
    owner.execute(sql.SQL("analyze {}").format(table))


def _rows(
    path: Path, digest: Any, counts: dict[str, int], tell: Callable[[int, int], None]
) -> Iterator[tuple[str, list[str], str]]:
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with gzip.open(raw) if compressed else io.BufferedReader(raw, _AT_ONCE) as stream:
            for number, line in enumerate(_lines(cast("IO[bytes]", stream)), 1):
                digest.update(line)
                if number % _EVERY == 0:
                    tell(number, min(99, raw.tell() * 100 // size))
                if line.strip():
                    row = _row(line, number)
                    counts["kept" if row else "skipped"] += 1
                    if row:
                        yield row
    tell(counts["kept"] + counts["skipped"], 100)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines of bounded length; a compressed file that was cut off says so."""
    number = 0
    try:
        while line := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise BrokenList(N_("Line {line} is longer than any entity."), line=number)
            yield line
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise BrokenList(N_("The file ends or breaks after line {line}."), line=number) from error


def _row(line: bytes, number: int) -> tuple[str, list[str], str] | None:
    try:
        raw = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BrokenList(
            N_("Line {line} is not JSON: the file may have been cut off there."), line=number
        ) from error
    properties = raw.get("properties") if isinstance(raw, Mapping) else None
    if not isinstance(properties, Mapping) or not raw.get("id") or not raw.get("schema"):
        raise BrokenList(N_("Line {line} is no FollowTheMoney entity."), line=number)
    if raw["schema"] == "Sanction":
        return _listing(raw, properties)
    names = [n for name in _NAMED for n in properties.get(name) or () if isinstance(n, str)]
    keys = keys_of(names)
    if not keys:
        return None
    kept = {name: values for name, values in properties.items() if name in _KEPT}
    listings = [
        {key: value for key, value in nested.get("properties", {}).items() if key in _OF_LISTING}
        for nested in properties.get("sanctions") or ()
        if isinstance(nested, Mapping)
    ]
    entity = {"id": str(raw["id"]), "schema": str(raw["schema"]), "properties": kept}
    if listings:
        entity["listings"] = listings
    return str(raw["id"]), keys, _json(entity)


def _listing(
    raw: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[str, list[str], str] | None:
    """Keep a listing under the one it is about."""
    about = [key for key in properties.get("entity") or () if isinstance(key, str)]
    if not about:
        return None
    kept = {name: values for name, values in properties.items() if name in _OF_LISTING}
    entity = {"id": str(raw["id"]), "schema": "Sanction", "properties": kept}
    return str(raw["id"]), [f"of:{key}" for key in about], _json(entity)


def _json(value: Any) -> str:
    # PostgreSQL holds no NUL in text.
    return orjson.dumps(value).decode().replace("\\u0000", "")
