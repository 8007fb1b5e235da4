"""The commands that README and other programs rely on exist and say what they do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from an empty environment, not as a part of the make that may have started the tests."""
    surroundings = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "target", ["setup", "demo", "test", "check", "bench", "format", "lock", "mutate", "clean"]
)
def test_make_knows_the_command_and_help_tells_it(target: str) -> None:
    assert f"make {target} " in make("help").stdout
    assert make("--dry-run", target).returncode == 0


def test_the_build_server_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    """The set-up asks the Python it is given for its version before anything else."""
    old = tmp_path / "python3"
    old.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "assert sys.argv[1] == '-c'\n"
        "sys.version_info, sys.version = (3, 10, 4), '3.10.4 (of long ago)'\n"
        "exec(sys.argv[2])\n"
    )
    old.chmod(0o755)
    done = make("--always-make", ".build/uv/bin/uv", f"PYTHON={old}")
    assert done.returncode != 0
    assert "Python 3.11 or later is needed; this is 3.10.4" in done.stderr
    assert (ROOT / ".build/uv/bin/uv").exists()
