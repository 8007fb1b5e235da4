"""The scanner itself, where it is installed: clamd, with a list of one harmless file that it takes for harmful.

Its own lists cannot be had everywhere; the conversation is the same with any.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from assent.evidence.refusals import Infected, ScannerAway
from assent.evidence.scanning import scan

CLAMD = shutil.which("clamd") or "/usr/sbin/clamd"
HARMFUL = b"Nobody is harmed by this line; it stands for what would harm.\n" * 20
MOST = 4 * 1024 * 1024
pytestmark = [
    pytest.mark.skipif(not Path(CLAMD).exists(), reason="clamd is not installed here"),
    pytest.mark.timeout(120),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "lists").mkdir()
    digest = hashlib.md5(HARMFUL, usedforsecurity=False).hexdigest()
    (folder / "lists" / "ours.hdb").write_text(f"{digest}:{len(HARMFUL)}:Assent.Test\n")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {folder}/socket\nDatabaseDirectory {folder}/lists\nForeground yes\n"
        f"TemporaryDirectory {folder}\nStreamMaxLength {MOST}\nLogFile {folder}/log\n"
        "OfficialDatabaseOnly no\n"
    )
    process = subprocess.Popen(
        [CLAMD, "--config-file", str(folder / "clamd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            if (folder / "socket").exists():
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield f"unix:{folder}/socket"
    finally:
        process.terminate()
        process.wait(20)


async def pieces(data: bytes, of: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), of):
        yield data[start : start + of]


async def test_it_lets_by_what_it_does_not_know(address: str) -> None:
    assert await scan(address, pieces(b"A letter.\n" * 100_000))
    assert await scan(address, pieces(b""))


async def test_it_stops_what_is_on_its_list(address: str) -> None:
    with pytest.raises(Infected):
        await scan(address, pieces(HARMFUL))


async def test_what_is_larger_than_it_takes_is_said_to_be_unseen(address: str) -> None:
    assert not await scan(address, pieces(bytes(3 * MOST)))


async def test_a_scanner_that_stopped_is_no_yes(address: str) -> None:
    with pytest.raises(ScannerAway):
        await scan(address.removesuffix("socket") + "another", pieces(b"x"))
