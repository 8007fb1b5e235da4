"""Settings: read from one place, secrets from files too, mistakes said by name and never by value."""

import base64
import os
import stat
import threading
from pathlib import Path

import pytest

from assent.kept_secrets import kept_secret
from assent.settings import PREFIX, ROOT, Settings, SettingsProblem

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_without_any_setting_the_database_is_embedded(tmp_path: Path) -> None:
    settings = Settings.load(data=tmp_path)
    assert settings.embedded
    assert not settings.secure
    assert settings.root == ROOT
    assert (settings.root / "migrations").is_dir()
    assert not list(tmp_path.iterdir()), "reading settings makes nothing"


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.rstrip().endswith("."), name


def test_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSENT_DATA", "/elsewhere")
    monkeypatch.setenv("ASSENT_SESSION_DAYS", "3")
    settings = Settings.load(data=tmp_path, session_days=None)
    assert settings.data == tmp_path
    assert settings.session_days == 3


def test_folders_stay_where_they_were_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load(data=Path("data"))
    monkeypatch.chdir("/")
    assert settings.data == tmp_path / "data"


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_the_usual_ways_to_write_a_database_address(url: str) -> None:
    settings = Settings.load(database_url=url)
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://u:p@h/d"
    assert not settings.embedded


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSENT_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2,")
    assert Settings.load().trusted_proxies == ["10.0.0.1", "10.0.0.2"]


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSENT_DATABASE_URL", "")
    monkeypatch.setenv("ASSENT_INSTANCE_KEY_FILE", "")
    assert Settings.load().embedded


@pytest.mark.parametrize("name", Settings.secrets())
def test_a_secret_from_a_file(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    value = KEY if name == "instance_key" else "postgresql+psycopg://u:p@h/d"
    (tmp_path / "secret").write_text(value + "\n")
    monkeypatch.setenv(f"{PREFIX}{name.upper()}_FILE", str(tmp_path / "secret"))
    settings = Settings.load()
    assert getattr(settings, name).get_secret_value() == value
    assert value not in repr(settings)
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    with pytest.raises(SettingsProblem, match="not both"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABSE_URL", "x", "There is no setting ASSENT_DATABSE_URL: did you mean ASSENT_DATABASE_URL?"),
        ("DATA_FILE", "x", "There is no setting ASSENT_DATA_FILE"),
        ("SESSION_DAYS", "hunter2", "ASSENT_SESSION_DAYS: Input should be a valid integer"),
        ("SESSION_DAYS", "900", "ASSENT_SESSION_DAYS: Input should be less than or equal to 90"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d", "ASSENT_DATABASE_URL: it begins with postgresql://"),
        ("BASE_URL", "hunter2.example", "ASSENT_BASE_URL: it begins with https://"),
        ("INSTANCE_KEY", "changeme", "ASSENT_INSTANCE_KEY: it is empty or a default"),
        ("INSTANCE_KEY", "  ", "ASSENT_INSTANCE_KEY: it is empty or a default"),
        ("DATABASE_APP_PASSWORD", "Password", "ASSENT_DATABASE_APP_PASSWORD: it is empty or a default"),
        ("SMTP_URL_FILE", "/no/such/file", "The file of ASSENT_SMTP_URL_FILE cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_by_name(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsProblem) as problem:
        Settings.load()
    assert says in str(problem.value)
    assert "hunter2" not in str(problem.value)


def test_all_mistakes_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSENT_SESSION_DAYS", "0")
    monkeypatch.setenv("ASSENT_DATABASE_POOL", "many")
    with pytest.raises(SettingsProblem) as problem:
        Settings.load()
    assert len(str(problem.value).splitlines()) == 2


@pytest.mark.parametrize("key", ["not base64 at all!", base64.b64encode(b"too short").decode()])
def test_an_instance_key_of_another_form(key: str) -> None:
    with pytest.raises(SettingsProblem, match="ASSENT_INSTANCE_KEY"):
        Settings.load(instance_key=key).instance_key_bytes()


def test_secrets_nobody_gave_are_made_once(tmp_path: Path) -> None:
    key = Settings.load(data=tmp_path).instance_key_bytes()
    password = Settings.load(data=tmp_path).app_password()
    assert len(key) == 32
    assert Settings.load(data=tmp_path).instance_key_bytes() == key
    assert Settings.load(data=tmp_path).app_password() == password
    assert base64.b64encode(key).decode() != password
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_a_given_secret_is_not_kept(tmp_path: Path) -> None:
    settings = Settings.load(data=tmp_path, instance_key=KEY, database_app_password="correct horse")
    assert settings.instance_key_bytes() == bytes(range(32))
    assert settings.app_password() == "correct horse"
    assert not list(tmp_path.iterdir())


def test_several_who_need_a_secret_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[str] = []
    seekers = [
        threading.Thread(target=lambda: found.append(kept_secret(tmp_path, "instance.key")))
        for _ in range(8)
    ]
    for seeker in seekers:
        seeker.start()
    for seeker in seekers:
        seeker.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["instance.key"]
