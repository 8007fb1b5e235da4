"""What browsers load: built from the sources into names that change with the content."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    """A front end of a few lines, with our build script and the packages that are installed."""
    for folder in ("scripts/parts", "styles/parts", "icons/flags"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "scripts/app.js").write_text('import { say } from "./parts/say.js"; say("yes");\n')
    (tmp_path / "scripts/parts/say.js").write_text(
        "export const say = (word) => console.log(word);\n"
    )
    (tmp_path / "styles/app.css").write_text('@import "./parts/page.css"; main { color: red }\n')
    (tmp_path / "styles/parts/page.css").write_text("body { margin: 0 }\n")
    (tmp_path / "icons/flags/white.svg").write_text("<svg/>")
    shutil.copy(ROOT / "frontend/build.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "frontend/node_modules")
    return tmp_path


def build(frontend: Path) -> dict[str, str]:
    node = str(ROOT / ".venv/bin/node")
    subprocess.run([node, "build.mjs"], cwd=frontend, check=True, capture_output=True)
    manifest: dict[str, str] = json.loads((frontend / "dist/manifest.json").read_text())
    return manifest


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_manifest_names_each_file_and_parts_are_within(frontend: Path) -> None:
    manifest = build(frontend)
    assert set(manifest) == {"app.js", "app.css", "icons/flags/white.svg"}
    assert files_in(frontend / "dist") == {"manifest.json", *manifest.values()}
    assert "console.log" in (frontend / "dist" / manifest["app.js"]).read_text()
    assert "margin" in (frontend / "dist" / manifest["app.css"]).read_text()


def test_a_name_changes_with_the_content_alone_and_old_files_go(frontend: Path) -> None:
    before = build(frontend)
    assert build(frontend) == before
    (frontend / "styles/parts/page.css").write_text("body { margin: 1rem }\n")
    after = build(frontend)
    assert after["app.css"] != before["app.css"]
    assert after["app.js"] == before["app.js"]
    assert files_in(frontend / "dist") == {"manifest.json", *after.values()}


def test_a_mistake_fails_the_build_and_leaves_what_was_built(frontend: Path) -> None:
    before = build(frontend)
    (frontend / "scripts/app.js").write_text('import "./parts/missing.js";\n')
    with pytest.raises(subprocess.CalledProcessError):
        build(frontend)
    assert json.loads((frontend / "dist/manifest.json").read_text()) == before
    assert files_in(frontend / "dist") == {"manifest.json", *before.values()}


def test_our_own_is_built_with_htmx_within() -> None:
    manifest = json.loads((ROOT / "frontend/dist/manifest.json").read_text())
    assert "hx-sse" in (ROOT / "frontend/dist" / manifest["app.js"]).read_text()
    assert (ROOT / "frontend/dist" / manifest["app.css"]).stat().st_size > 0


def test_a_page_of_its_own_carries_everything_and_names_it_in_its_policy(frontend: Path) -> None:
    shutil.copytree(ROOT / "frontend/verify", frontend / "verify")
    manifest = build(frontend)
    page = (frontend / "dist" / manifest["verify.html"]).read_text(encoding="utf-8")
    assert "{{" not in page.partition("<script>")[0]
    for kind in ("script", "style"):
        (content,) = re.findall(f"<{kind}>(.*)</{kind}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in page
    assert not re.search(r'(src|href)="', page)
    (without_scripts,) = re.findall("<noscript>(.*)</noscript>", page, re.DOTALL)
    assert len(re.findall('<p lang="[a-z]+" dir="(?:ltr|rtl)">', without_scripts)) == 12
    assert without_scripts.count('<code dir="ltr">assent verify FILE</code>') == 12
