"""The guides name commands, settings and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from assent.cli import main
from assent.settings import ROOT, Settings

# What the tests themselves listen to.
SWITCHES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_it_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name, rest in re.findall(
        r"(?<![\w./-])assent ([a-z]+(?:-[a-z]+)*)((?: +[^\s`|;:,)]+)*)", text
    ):
        command = main.get_command(click.Context(main), name)
        if command is None:
            assert not re.search(rf"`assent {name}", text), f"there is no command assent {name}"
            continue
        inner = getattr(command, "commands", {})
        said = "".join(
            CliRunner().invoke(main, [name, *word, "--help"]).output
            for word in ([], *([one] for one in inner))
        )
        for option in re.findall(r"--[a-z][a-z-]+", rest):
            assert option in said, f"assent {name} {option}"
    for setting in re.findall(r"ASSENT_[A-Z_]+[A-Z]", text):
        assert setting in {*Settings.names(), "ASSENT_HOST"} or setting in SWITCHES, setting
    folder = page.parent
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (folder / link).exists(), link
    for path in re.findall(
        r"`((?:backend|docs|tests|policies|migrations|frontend|deploy|demo)/[\w./-]+)`", text
    ):
        made_elsewhere = path.startswith("deploy/secrets") or re.search(r"[A-Z]{4}", path)
        assert (ROOT / path.rstrip("/")).exists() or made_elsewhere, path
