"""Files in a bucket: the same promises as in a folder, kept with a server that speaks S3.

The server is somebody else's and comes with a hundred packages that do not go together with ours: uv fetches it
into a place of its own, so these run with the long tests only (`pytest -m soak tests/evidence`).
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from assent.evidence.refusals import CutOff, FilesAway
from assent.evidence.sealed_stream import PartBroken, open_stream, seal_stream
from assent.evidence.storage import FileStore, file_store
from assent.settings import ROOT, Settings

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]
SERVER = "moto[s3,server]==5.2.1"
SECRET = bytes(range(32))
PIECE = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own, with one bucket; what lies there is gone with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    uv = str(ROOT / ".build" / "uv" / "bin" / "uv")
    command = [
        uv,
        "tool",
        "run",
        "--from",
        SERVER,
        "moto_server",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                assert httpx2.put(f"{address}/evidence", timeout=60).status_code == 200
                break
            except httpx2.ConnectError:
                assert process.poll() is None
                time.sleep(0.2)
        else:
            raise AssertionError("it does not start")
        yield address
    finally:
        process.terminate()
        process.wait(30)


def a_store(address: str, folder: Path, bucket: str = "evidence") -> FileStore:
    given = {
        "files_bucket": bucket,
        "files_endpoint": address,
        "files_key_id": "id",
        "files_key": "key",
    }
    return file_store(Settings.model_validate({"data": folder, **given}))


async def pieces(number: int, broken: bool = False) -> AsyncIterator[bytes]:
    for _ in range(number):
        yield PIECE
    if broken:
        raise CutOff(field="file")


async def test_what_went_in_comes_out_and_goes(server: str, tmp_path: Path) -> None:
    store, path = a_store(server, tmp_path), "case/file/0"
    await store.write(path, seal_stream(SECRET, path, pieces(20)))

    async def read(start: int, length: int) -> bytes:
        return await store.read(path, start, length)

    back = [piece async for piece in open_stream(SECRET, path, 20 * len(PIECE), read)]
    assert b"".join(back) == PIECE * 20
    assert PIECE[:64] not in await store.read(path, 0, 100_000)
    await store.write("case/other/0", seal_stream(SECRET, "case/other/0", pieces(1)))
    assert await store.remove("case/file") == 1
    with pytest.raises(PartBroken):
        await store.read(path, 0, 10)
    assert await store.remove("case") == 1


async def test_what_breaks_off_leaves_nothing(server: str, tmp_path: Path) -> None:
    store = a_store(server, tmp_path)
    with pytest.raises(CutOff):
        await store.write("case/cut/0", seal_stream(SECRET, "case/cut/0", pieces(12, broken=True)))
    assert await store.remove("case/cut") == 0


async def test_a_bucket_that_is_not_there_is_said_to_be_away(server: str, tmp_path: Path) -> None:
    nowhere = a_store(server, tmp_path, "another")
    with pytest.raises(FilesAway):
        await asyncio.wait_for(
            nowhere.write("case/file/0", seal_stream(SECRET, "case/file/0", pieces(1))), 60
        )
