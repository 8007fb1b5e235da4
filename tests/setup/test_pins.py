"""What is installed is pinned, by hash, and the pins name no place where it is fetched from."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pinned(lock: Path) -> dict[str, set[str]]:
    """Each package's pinned versions (more than one where they differ by platform)."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def names_in(requirements: list[Any]) -> set[str]:
    return {
        canonicalize_name(Requirement(line).name) for line in requirements if isinstance(line, str)
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_package_is_pinned_with_its_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\w)", lock.read_text().strip())
    assert len(entries) == sum(len(versions) for versions in pinned(lock).values()) > 0
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_everything_asked_for_is_pinned() -> None:
    runtime, dev = (pinned(ROOT / "requirements" / name) for name in ("runtime.txt", "dev.txt"))
    assert names_in(PROJECT["project"]["dependencies"]) <= runtime.keys()
    assert names_in(PROJECT["dependency-groups"]["dev"]) <= dev.keys()


def test_what_is_tested_is_what_runs() -> None:
    runtime, build, dev = (
        pinned(ROOT / "requirements" / f"{name}.txt") for name in ("runtime", "build", "dev")
    )
    assert runtime.items() <= build.items() <= dev.items()


def test_no_pin_tells_a_place() -> None:
    for file in [*LOCKS, ROOT / "frontend" / "package.json"]:
        assert (
            re.findall(r"\w+://|--\w*index|find-links|/home/|/root/|/tmp/", file.read_text()) == []
        ), file


def test_npm_s_pins_have_hashes_and_tell_no_place() -> None:
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert [name for name, package in installed.items() if "resolved" in package] == []
    assert [
        name
        for name, package in installed.items()
        if not package["integrity"].startswith("sha512-")
    ] == []
    asked = packages[""]["dependencies"] | packages[""]["devDependencies"]
    # Exact: htmx 4.0.0 lost what had been chosen in a form.
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked


def test_nothing_made_or_fetched_is_committed() -> None:
    if not (ROOT / ".git").exists():
        return  # an export of the sources cannot hold what git ignores
    ignored = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    done = subprocess.run(ignored, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == ""
