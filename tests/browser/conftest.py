"""The demo, served for real, and people with browsers of their own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.async_api import Browser, Error, Page, Playwright, async_playwright

from assent.cli import main
from assent.settings import ROOT

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_SECONDS_TO_START = 45
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# What takes seconds to load is loaded once; each demo is a process that begins there.
_LOADED = multiprocessing.get_context("forkserver")
_LOADED.set_forkserver_preload(["assent.operators_commands", "assent.web.app"])
_LINK = re.compile(r"^\s+(\w+)\s+(.+?)\s+(http://\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    address: str
    data: Path

    def link(self, email: str) -> str:
        """Return a sign-in link, as an operator makes one."""
        path = self.says("link", email).rpartition("/link/")[2]
        return f"{self.address}/link/{path}"

    def says(self, *words: str) -> str:
        """What a command prints; it runs in a thread, where no loop runs yet, and loads nothing anew."""
        with ThreadPoolExecutor(1) as apart:
            asked = apart.submit(CliRunner().invoke, main, [*words, "--data", str(self.data)])
            answer = asked.result(60)
        assert answer.exit_code == 0, answer.output
        return answer.stdout.strip()


def chromium() -> str:
    """Return where the browser is; a missing one fails the tests."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("no Chromium: run `make chromium`")


def _serve_demo(data: str, port: int, log: str) -> None:
    """Be the command, with what it prints in a file."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    main(["demo", "--data", data, "--port", str(port)])


@contextmanager
def _running(data: Path) -> Iterator[Demo]:
    """`assent demo` on a data folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = data.parent / f"{data.name}.log"
    log.touch()
    process = _LOADED.Process(target=_serve_demo, args=(str(data), port, str(log)))
    process.start()
    try:
        for _ in range(1800):
            said = log.read_text(encoding="utf-8")
            if "Stop with Ctrl-C" in said:
                break
            assert process.is_alive(), said
            time.sleep(0.1)
        else:
            raise AssertionError(said)
        assert len(_LINK.findall(said)) == 10
        assert '"logger"' not in said, "the links stay in sight"
        assert (data / "log").stat().st_size > 0
        yield Demo(f"http://127.0.0.1:{port}", data)
    finally:
        process.terminate()
        process.join(30)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo that was started once and stopped."""
    data = tmp_path_factory.mktemp("demo") / "data"
    with _running(data):
        pass
    return data


@pytest.fixture
def demo(loaded: Path, tmp_path: Path) -> Iterator[Demo]:
    """A demo in which nobody has done anything yet."""
    data = tmp_path / "data"
    subprocess.run(["cp", "-a", str(loaded), str(data)], check=True)
    with _running(data) as running:
        yield running


class Browsers:
    """A real Chromium of their own for everybody who comes."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._open: list[Browser] = []

    async def page(self, **how: Any) -> Page:
        """Open a page with the given screen, language and colours.

        Chromium now and then stands still while it starts, on a busy machine for ever: one that has
        not opened a page after a while is left, and another one started.
        """
        for attempt in range(3):
            try:
                return await asyncio.wait_for(self._start(how), _SECONDS_TO_START)
            except TimeoutError:
                print(f"Chromium did not start, attempt {attempt + 1}")  # noqa: T201
        raise RuntimeError("Chromium does not start")

    async def _start(self, how: dict[str, Any]) -> Page:
        browser = await self._playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        self._open.append(browser)
        return await (await browser.new_context(**how)).new_page()

    async def close(self) -> None:
        """Close them all; one that does not answer any more is left to the operating system."""
        for browser in self._open:
            with suppress(TimeoutError, Error):
                await asyncio.wait_for(browser.close(), _SECONDS_TO_START)


@pytest.fixture
async def browsers() -> AsyncIterator[Browsers]:
    """Real browsers, one for each visitor."""
    async with async_playwright() as playwright:
        opened = Browsers(playwright)
        yield opened
        await opened.close()


class Visitor:
    """Somebody with a browser; every fault a page shows fails the test."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.expected: set[int] = set()
        page.on("console", self._console)
        page.on("response", self._response)

    async def leave(self) -> None:
        """Close the browser."""
        browser = self.page.context.browser
        assert browser is not None
        await browser.close()

    def _console(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def _response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status} {response.url}")

    async def accessible(self) -> None:
        """Have axe-core look at the page: it may report nothing."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate(
            "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | ')))"
        )
        assert found == [], self.page.url

    async def fits(self) -> None:
        """Nothing sticks out to the side."""
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await self.page.evaluate(wide) <= 0, self.page.url


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures are left to be looked at: TEST_PICTURES=FOLDER, else the test's own folder."""
    folder = Path(os.environ.get("TEST_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def sign_in(demo: Demo, browsers: Browsers) -> Callable[..., Any]:
    """Sign somebody in through a one-time link."""

    async def signed_in(email: str, **how: Any) -> Visitor:
        visitor = Visitor(await browsers.page(**how))
        await visitor.page.goto(demo.link(email))
        await visitor.page.click("main button")
        await visitor.page.wait_for_url(f"{demo.address}/")
        return visitor

    return signed_in
