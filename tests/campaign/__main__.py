"""Replays the campaign on an instance that has demo/campaign.yaml imported, to be looked at in a browser.

assent import demo/campaign.yaml --data D; assent serve --data D; python -m tests.campaign D http://127.0.0.1:8000
"""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx2

from tests.campaign.replay import Replay


async def main(data: str, address: str) -> None:
    """Replay it with tokens as an operator makes them."""

    async def sign(email: str) -> httpx2.AsyncClient:
        command = [sys.executable, "-m", "assent.cli", "token", email, "--data", data]
        made = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=True
        )
        headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
        return httpx2.AsyncClient(base_url=f"{address}/api/v1/", headers=headers, timeout=60)

    await Replay(sign).run(print)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
