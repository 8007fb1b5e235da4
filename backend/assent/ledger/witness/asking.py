"""The log's side of witnessing: ask a witness to cosign a checkpoint, with the proof it wants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

import httpx2

from assent.ledger.checkpoints import Checkpoint, parse_checkpoint
from assent.ledger.cosignatures import WitnessKey
from assent.ledger.notes import LogKey, Note, NoteProblem, SignatureLine, parse_note, verified
from assent.ledger.witness.messages import SIZE_TYPE, AddCheckpoint

ProveConsistency = Callable[[int, int], Awaitable[Sequence[bytes]]]
_TRIES = 3
_LARGEST_ANSWER = 64 * 1024


class WitnessProblem(Exception):
    """A witness did not cosign; nothing is known beyond that it did not."""


class WitnessUnreachable(WitnessProblem):
    """The witness did not answer, or answered what no witness answers. Worth asking again."""


class WitnessRefused(WitnessProblem):
    """The witness refuses this checkpoint: it sees a fork, a bad proof, or does not know the log."""


class WitnessIsAhead(WitnessProblem):
    """The witness says it has cosigned a longer log than this one: was what stands here put back to an earlier state?

    The size is not signed: `head_seen_by` shows whether the witness has a head to prove it.

    Attributes:
        size: how many entries it has seen.
    """

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness has seen {size} entries of this log")
        self.size = size


async def ask_witness(
    client: httpx2.AsyncClient,
    address: str,
    key: WitnessKey,
    note: Note,
    prove: ProveConsistency,
    *,
    believed: int = 0,
) -> SignatureLine:
    """Ask for a cosignature and check the one that is given.

    Args:
        address: the witness's, without `/add-checkpoint`.
        key: the witness's.
        note: the checkpoint, signed by the log.
        prove: makes the proof that the second size has grown from the first.
        believed: the size it cosigned last, as far as is known; it says so if it is another.

    Raises:
        WitnessUnreachable, WitnessRefused, WitnessIsAhead: there is none.
    """
    size = parse_checkpoint(note.text).size
    for _ in range(_TRIES):
        if believed > size:
            raise WitnessIsAhead(believed)
        proof = tuple(await prove(believed, size)) if believed else ()
        status, kind, body = await _post(client, address, AddCheckpoint(believed, proof, note))
        if status == 200:
            return _checked(body, key, note)
        if status != 409 or kind != SIZE_TYPE:
            raise _refusal(status, body)
        believed = _size_in(body)
    raise WitnessUnreachable("the witness names another size each time")


async def head_seen_by(
    client: httpx2.AsyncClient, address: str, origin: str, keys: Sequence[LogKey]
) -> tuple[Checkpoint, Note] | None:
    """Return the last head a witness has cosigned, if one of the log's own keys signed it; else None.

    Args:
        address: the witness's.
        origin: the log's name.
        keys: the log's, present and earlier.

    Raises:
        WitnessUnreachable: the witness does not answer.
    """
    url = f"{address.rstrip('/')}/checkpoint/{quote(origin, safe='/')}"
    try:
        async with client.stream("GET", url) as response:
            body = await _read(response)
            status = response.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise WitnessUnreachable(f"the witness does not answer ({type(error).__name__})") from error
    if status != 200:
        return None
    try:
        note = parse_note(body)
        checkpoint = parse_checkpoint(note.text)
        return (checkpoint, note) if checkpoint.origin == origin and verified(note, keys) else None
    except NoteProblem:
        return None


async def _read(response: httpx2.Response) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _LARGEST_ANSWER:
            raise WitnessUnreachable("the witness answers without end")
    return body


async def _post(
    client: httpx2.AsyncClient, address: str, request: AddCheckpoint
) -> tuple[int, str, bytes]:
    url = f"{address.rstrip('/')}/add-checkpoint"
    try:
        async with client.stream("POST", url, content=str(request).encode()) as response:
            body = await _read(response)
            kind = response.headers.get("content-type", "").partition(";")[0].strip()
            return response.status_code, kind, body
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise WitnessUnreachable(f"the witness does not answer ({type(error).__name__})") from error


def _checked(body: bytes, key: WitnessKey, note: Note) -> SignatureLine:
    try:
        answered = parse_note(f"{note.text}\n".encode() + body)
        lines = [
            line
            for line in answered.signatures
            if (line.name, line.key_id) == (key.name, key.key_id)
        ]
        if not lines:
            raise WitnessUnreachable("the answer is not of the witness's key")
        key.check(note.text, lines[0].signature)
    except NoteProblem as error:
        raise WitnessUnreachable(f"the witness's answer does not hold: {error}") from error
    return lines[0]


def _refusal(status: int, body: bytes) -> WitnessProblem:
    words = body[:200].decode("utf-8", "replace").strip()
    if status in (400, 403, 404, 409, 422):
        return WitnessRefused(f"the witness refuses ({status}): {words}")
    return WitnessUnreachable(f"the witness answers {status}")


def _size_in(body: bytes) -> int:
    digits = body.strip()
    if not digits.isdigit() or len(digits) > 19:
        raise WitnessUnreachable("the witness names no size")
    return int(digits)
