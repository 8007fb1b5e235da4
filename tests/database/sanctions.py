"""A row in every table of the sanctions room, in the case that is open."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from tests.database.rows import Rows

ENTITY = {"id": "a", "schema": "Person", "properties": {"name": ["A Warden"]}}


def add_target(rows: Rows) -> UUID:
    """A person, as the drafter's record."""
    target = uuid4()
    rows.insert("targets", id=target, entity_id=f"a-{target.hex}", **made(rows))
    rows.insert(
        "target_versions", id=uuid4(), target_id=target, number=1, entity=Jsonb(ENTITY), caption="A Warden",
        **made(rows),
    )  # fmt: skip
    return target


def made(rows: Rows) -> dict[str, object]:
    """By whom, when, and with which entry."""
    return {
        "case_id": rows.case, "made_by": rows.people["drafter"], "at": rows.now(), "ledger_index": rows.entry(),
    }  # fmt: skip


def claim(rows: Rows, target: UUID) -> UUID:
    """Something said of a target."""
    said = uuid4()
    rows.insert(
        "claims", id=said, target_id=target, part="abuse", statement="He beat him.", **made(rows)
    )
    return said


def ask_for_measures(rows: Rows) -> None:
    """Two targets that are one, a claim with an exhibit, a listing, a screening, a dossier."""
    kept, other, copy = add_target(rows), add_target(rows), add_target(rows)
    rows.insert(
        "target_merges", id=uuid4(), kept_id=kept, merged_id=other, added=Jsonb({}), **made(rows)
    )
    rows.insert(
        "target_copies", id=uuid4(), target_id=kept, copy_case_id=rows.case, copy_id=copy, **made(rows)
    )  # fmt: skip
    rows.insert("target_ends", target_id=add_target(rows), **made(rows))
    rows.insert(
        "claim_texts", id=uuid4(), claim_id=claim(rows, kept), language="fr", statement="Il l'a battu.",
        **made(rows),
    )  # fmt: skip
    rows.insert(
        "exhibits", id=uuid4(), claim_id=claim(rows, kept), title="A letter", tier="primary",
        address="https://example.org", confidential=True, **made(rows),
    )  # fmt: skip
    rows.insert(
        "listings", id=uuid4(), target_id=kept, jurisdiction="uk", status="listed", **made(rows)
    )
    screening = uuid4()
    rows.insert(
        "screenings", id=screening, target_id=kept, source="file", dataset="a list", candidates=Jsonb([]),
        **made(rows),
    )  # fmt: skip
    rows.insert(
        "screening_decisions", id=uuid4(), screening_id=screening, entity_id="Q1", decision="same",
        **made(rows),
    )  # fmt: skip
    rows.insert(
        "dossiers", id=uuid4(), action_id=rows.action, target_id=kept, jurisdiction="uk", answers=Jsonb({}),
        saved_by=rows.people["drafter"], saved_at=rows.now(), **made(rows),
    )  # fmt: skip


def load_a_list(owner_dsn: str) -> None:
    """A list of one entity, as the operator loads it."""
    with psycopg.connect(owner_dsn) as owner:
        owner.execute(
            "insert into assent.watchlists values (%s, 'a list', repeat('0', 64), 1, now())", [LIST]
        )
        owner.execute(
            "create table assent_lists.one (like assent.watchlist_entities,"
            " constraint watchlist_entities_pkey primary key (watchlist_id, entity_id))"
        )
        owner.execute(
            "alter table assent.watchlist_entities attach partition assent_lists.one"
            f" for values in ('{LIST}')"
        )
        owner.execute(
            "insert into assent.watchlist_entities values (%s, 'Q1', '{key}', '{}')", [LIST]
        )


LIST = UUID(int=1)
