"""docker-compose.yml against the settings: every name exists, secrets are files, the same commands run outside."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from assent.cli import main
from assent.settings import ROOT, Settings

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = ("migrate", "serve", "worker", "eraser")


@pytest.mark.parametrize("service", OURS)
def test_every_setting_named_exists(service: str) -> None:
    for name in COMPOSE["services"][service]["environment"]:
        plain = name.removeprefix("ASSENT_").removesuffix("_FILE").lower()
        assert plain in Settings.model_fields, name


@pytest.mark.parametrize("service", OURS)
def test_secrets_come_from_files_only(service: str) -> None:
    definition = COMPOSE["services"][service]
    for name, value in definition["environment"].items():
        plain = name.removeprefix("ASSENT_").removesuffix("_FILE").lower()
        if plain in Settings.secrets():
            assert name.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in definition["secrets"]
    for secret in definition["secrets"]:
        assert COMPOSE["secrets"][secret]["file"].startswith("./deploy/secrets/")


@pytest.mark.parametrize("service", OURS)
def test_every_command_exists_with_its_options(service: str) -> None:
    command = COMPOSE["services"][service]["command"]
    answer = CliRunner().invoke(main, [command[0], "--help"])
    assert answer.exit_code == 0
    for word in command[1:]:
        if word.startswith("--"):
            assert word in answer.output


def test_what_serves_never_holds_the_owners_secret() -> None:
    for service in ("serve", "worker", "eraser"):
        assert "database_url" not in COMPOSE["services"][service]["secrets"]
    for service in ("serve", "worker"):
        assert "database_eraser_url" not in COMPOSE["services"][service]["secrets"]
    assert "database_app_url" not in COMPOSE["services"]["eraser"]["secrets"]


def test_what_depends_waits_for_health() -> None:
    services = COMPOSE["services"]
    assert services["caddy"]["depends_on"]["serve"]["condition"] == "service_healthy"
    assert "/readyz" in services["serve"]["healthcheck"]["test"][-1]
    assert services["mail"]["profiles"] == ["trial"]


def test_secrets_are_made_once(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "make-secrets"
    script.parent.mkdir()
    script.write_bytes((ROOT / "deploy" / "make-secrets").read_bytes())
    folder, runs = script.parent / "secrets", []
    for _ in range(2):
        subprocess.run(["bash", str(script)], check=True, capture_output=True)
        runs.append({p.name: p.read_text() for p in folder.iterdir()})
    made, again = runs
    assert made == again
    assert set(made) == set(COMPOSE["secrets"])


def test_the_dockerfile_copies_what_exists() -> None:
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
