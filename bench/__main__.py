"""The benchmarks: ratios measured side by side in one run; a table here, numbers in bench/results.json.

publish    the publish transaction against the same rows written by hand in one psycopg transaction
append     a record against a bare INSERT of the same bytes; eight writers; a proof from stored hashes among a million
case page  the workspace page of 20 actions against raw psycopg with the page's own statements and template
verify     a million entries of an export against one SHA-256 of each; the proof of one of them, made and checked
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from assent.database.embedded import OWNER, EmbeddedPostgres
from assent.database.migrate import libpq
from assent.settings import ROOT
from bench.case_page import measure_case_page
from bench.ground import a_ground
from bench.ledger import measure_ledger
from bench.publish import measure_publish
from bench.verification import measure_verification


async def run() -> dict[str, dict[str, float]]:
    """Measure everything on a fresh durable database."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as postgres:
        async with a_ground(postgres.url(OWNER), postgres.url()) as ground:
            return {
                "publish": await measure_publish(ground),
                "case page": await measure_case_page(ground),
                # The last: it fills the ledger with a million entries.
                "append": await measure_ledger(ground, libpq(postgres.url(OWNER)), Path(folder)),
            }


def main() -> None:
    """Run, print and keep the figures."""
    began = time.monotonic()
    results = asyncio.run(run()) | {"verify": measure_verification()}
    table = Table("benchmark", "ours", "by hand", "ratio", "aim", "statements")
    for name, found in results.items():
        table.add_row(
            name,
            f"{found['ours_ms']:.2f} ms",
            f"{found['by_hand_ms']:.2f} ms",
            f"{found['ratio']:.2f}",
            str(found["aim"]),
            f"{found['statements']:.0f}",
        )
    Console().print(table)
    verify = results["verify"]
    Console().print(
        f"verify: the bytes hashed at once {verify['at_once_ms']:.0f} ms; one inclusion proof made in"
        f" {verify['proof_made_ms']:.3f} ms, checked in {verify['proof_checked_ms']:.3f} ms"
    )
    ledger = results["append"]
    Console().print(
        f"ledger: eight connections append {ledger['appends_a_second']:.0f} a second (aim 1000; bare inserts"
        f" {ledger['bare_inserts_a_second']:.0f}; the disk keeps a page in {ledger['disk_ms']:.2f} ms), eight tasks of"
        f" one Python process {ledger['appends_a_second_in_one_process']:.0f}"
        f" (bare inserts {ledger['bare_inserts_a_second_in_one_process']:.0f});"
        f" a proof at a million entries takes {ledger['proof_ms']:.2f} ms"
        f" (aim 2; an idle question {ledger['round_trip_ms']:.2f} ms); a checkpoint stands at most"
        f" {ledger['checkpoint_delay_ms']:.0f} ms after the append (aim 1000)"
    )
    (ROOT / "bench" / "results.json").write_text(
        json.dumps(results, indent=2) + "\n", encoding="utf-8"
    )
    Console().print(f"bench/results.json written; {time.monotonic() - began:.0f} s in all")


def median_ms(seconds: list[float]) -> float:
    """Return the median of durations, in milliseconds."""
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    main()
