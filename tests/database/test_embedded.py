"""The PostgreSQL we bring along: shared by many, killed at any moment, never losing what it acknowledged."""

import os
import pwd
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from assent.database.embedded import CannotStart, EmbeddedPostgres
from assent.database.keeper import account, cluster
from assent.database.keeper.folder import Folder
from assent.database.keeper.leftovers import processes_in

# Another process that uses the database: says when it is there, then every number it has committed.
USER = """
import sys, pathlib, psycopg
from assent.database.embedded import EmbeddedPostgres
with EmbeddedPostgres(pathlib.Path(sys.argv[1])) as postgres:
    print("ready", postgres.postmaster, flush=True)
    if sys.argv[2:] == ["wait"]:
        sys.stdin.read()
    else:
        with psycopg.connect(postgres.superuser_dsn("assent"), autocommit=True) as connection:
            for number in range(int(sys.argv[2]), 10**9):
                connection.execute("insert into kept values (%s)", [number])
                print(number, flush=True)
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder, whose database has ended when the test has."""
    yield tmp_path / "data"
    ends = Folder(tmp_path / "data")
    assert within(20, lambda: not ends.path.exists() or not ends.keeper_is_alive())
    assert processes_in(ends.cluster, 0) == []


@pytest.fixture
def postgres(data: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(data) as running:
        yield running


def within(seconds: float, condition: Callable[[], object]) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())


def ask(dsn: str, question: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


def answers(postgres: EmbeddedPostgres) -> bool:
    with suppress(psycopg.OperationalError):
        return ask(postgres.dsn(), "select 1") == 1
    return False


def parent_of(process: int | None) -> int:
    asked = ["ps", "-o", "ppid=", "-p", str(process)]
    return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def another_user(data: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(data), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    )  # fmt: skip


def said_by(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def make_table_for_numbers(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.superuser_dsn("assent")) as connection:
        connection.execute("create table if not exists kept (number int primary key)")


def numbers_in(postgres: EmbeddedPostgres) -> set[int]:
    with psycopg.connect(postgres.superuser_dsn("assent")) as connection:
        return {number for (number,) in connection.execute("select number from kept")}


# -- what one gets ------------------------------------------------------------------------------------


def test_a_first_start_makes_the_database_and_its_two_roles(postgres: EmbeddedPostgres) -> None:
    for role in ("assent_owner", "assent_app"):
        assert (
            ask(postgres.dsn(role), "select current_user || ' in ' || current_database()")
            == f"{role} in assent"
        )
        assert ask(
            postgres.dsn(role),
            "select rolcanlogin and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)"
            " from pg_roles where rolname = current_user",
        )
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = 'assent'"
    assert ask(postgres.superuser_dsn(), owner) == "assent_owner"


def test_the_application_may_neither_make_tables_nor_become_somebody_else(
    postgres: EmbeddedPostgres,
) -> None:
    for attempt in (
        "create table mine ()",
        "create schema mine",
        "create temp table mine ()",
        "set role assent_owner",
    ):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            psycopg.connect(postgres.dsn("assent_app")) as connection,
        ):
            connection.execute(attempt)


def test_a_role_that_was_given_too_much_is_put_right_at_the_next_start(data: Path) -> None:
    with (
        EmbeddedPostgres(data) as postgres,
        psycopg.connect(postgres.superuser_dsn()) as connection,
    ):
        connection.execute("alter role assent_app superuser bypassrls")
    with EmbeddedPostgres(data) as postgres:
        rights = "select rolsuper or rolbypassrls from pg_roles where rolname = 'assent_app'"
        assert ask(postgres.superuser_dsn(), rights) is False


def test_it_writes_safely_checks_its_pages_and_listens_to_no_network(
    postgres: EmbeddedPostgres,
) -> None:
    dsn = postgres.superuser_dsn()
    assert (
        ask(dsn, "show fsync")
        == ask(dsn, "show full_page_writes")
        == ask(dsn, "show data_checksums")
        == "on"
    )
    assert ask(dsn, "show listen_addresses") == ""
    assert ask(dsn, "show server_encoding") == "UTF8"


def test_nobody_else_can_enter_its_folders(postgres: EmbeddedPostgres, data: Path) -> None:
    for folder in (
        data / "database",
        data / "database" / "cluster",
        Path(postgres._socket_folder()),
    ):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_people_s_words_stay_out_of_its_log(postgres: EmbeddedPostgres, data: Path) -> None:
    make_table_for_numbers(postgres)
    with (
        psycopg.connect(postgres.superuser_dsn("assent")) as connection,
        suppress(psycopg.DataError),
    ):
        connection.execute("select 'a secret name'::int")
    with (
        psycopg.connect(postgres.superuser_dsn("assent")) as connection,
        suppress(psycopg.IntegrityError),
    ):
        connection.execute("insert into kept values (4711), (4711)")
    said = (data / "database" / "log").read_text()
    assert "duplicate key value" in said
    assert "4711" not in said
    assert "insert" not in said


async def test_it_serves_sqlalchemy_and_ends_with_an_async_block(data: Path) -> None:
    async with EmbeddedPostgres(data) as postgres:
        engine = create_async_engine(postgres.url())
        async with engine.connect() as connection:
            assert (
                await connection.execute(text("select current_user"))
            ).scalar_one() == "assent_app"
        await engine.dispose()
    assert postgres.postmaster is None


def test_stopping_leaves_no_process_and_starting_again_finds_everything(data: Path) -> None:
    postgres = EmbeddedPostgres(data)
    postgres.start()
    make_table_for_numbers(postgres)
    postgres.stop()
    assert processes_in(data / "database" / "cluster", 0) == []
    assert not (data / "database" / "cluster" / "postmaster.pid").exists()
    with postgres:
        assert numbers_in(postgres) == set()
    assert "interrupted" not in (data / "database" / "log").read_text()


# -- several users ------------------------------------------------------------------------------------


def test_a_second_process_uses_the_same_server_and_keeps_it_when_the_first_ends(data: Path) -> None:
    first = EmbeddedPostgres(data)
    first.start()
    second = another_user(data, "wait")
    assert said_by(second) == f"ready {first.postmaster}"
    with psycopg.connect(first.dsn()) as connection:
        first.stop()
        assert connection.execute("select 1").fetchone() == (1,)
    second.communicate()
    assert second.returncode == 0


def test_many_processes_that_start_at_once_share_one_server(data: Path) -> None:
    users = [another_user(data, "wait") for _ in range(4)]
    assert len({said_by(user) for user in users}) == 1
    for user in users:
        user.communicate()


def test_a_user_s_sudden_death_ends_the_database_cleanly(data: Path) -> None:
    user = another_user(data, "wait")
    said_by(user)
    user.kill()
    user.communicate()
    assert within(10, lambda: processes_in(data / "database" / "cluster", 0) == [])
    assert "database system is shut down" in (data / "database" / "log").read_text()


# -- killed at any moment -----------------------------------------------------------------------------


def chaos(data: Path, rounds: int, seed: int) -> None:
    """Kill one of those involved at a random moment while another process commits, again and again."""
    chance = random.Random(seed)
    with EmbeddedPostgres(data) as postgres:
        make_table_for_numbers(postgres)
    acknowledged: set[int] = set()
    for round_ in range(rounds):
        writer = another_user(data, str(round_ * 1_000_000))
        postmaster = int(said_by(writer).removeprefix("ready "))
        victims = {"writer": writer.pid, "postmaster": postmaster, "keeper": parent_of(postmaster)}
        reader = threading.Thread(
            target=lambda out=writer.stdout: acknowledged.update(
                int(line) for line in out if line.endswith("\n")
            )
        )
        reader.start()
        time.sleep(chance.uniform(0.01, 0.4))
        for name in chance.sample(sorted(victims), chance.choice([1, 1, 2, 3])):
            with suppress(ProcessLookupError):
                os.kill(victims[name], signal.SIGKILL)
        if chance.random() < 0.5:
            writer.kill()  # else it finds out by itself, and ends with an error
        with EmbeddedPostgres(data) as postgres:
            assert within(10, lambda: answers(postgres))
            assert numbers_in(postgres) >= acknowledged
        writer.wait(20)
        reader.join()
        with EmbeddedPostgres(data) as postgres:
            assert numbers_in(postgres) >= acknowledged, f"lost in round {round_} with seed {seed}"
    assert len(acknowledged) > rounds


def test_nothing_acknowledged_is_lost_whoever_is_killed(data: Path) -> None:
    chaos(data, rounds=8, seed=random.randrange(10**6))


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost_in_hundreds_of_kills(data: Path) -> None:
    chaos(data, rounds=300, seed=random.randrange(10**6))


@pytest.mark.parametrize("victim", ["postmaster", "keeper"])
def test_a_running_program_gets_its_database_back(postgres: EmbeddedPostgres, victim: str) -> None:
    address = postgres.url()
    for _ in range(3):
        before = postgres.postmaster
        assert before is not None
        os.kill(before if victim == "postmaster" else parent_of(before), signal.SIGKILL)
        assert within(10, lambda: postgres.postmaster not in {None, before} and answers(postgres))  # noqa: B023
    assert postgres.url() == address


def test_a_pool_recovers_by_itself(postgres: EmbeddedPostgres) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(postgres.url(), pool_pre_ping=True)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    before = postgres.postmaster
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert within(10, lambda: postgres.postmaster not in {None, before})
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1
    engine.dispose()


def test_a_server_process_that_outlives_its_postmaster_is_ended_first(data: Path) -> None:
    user = another_user(data, "wait")
    postmaster = int(said_by(user).removeprefix("ready "))
    keeper = parent_of(postmaster)
    children = [
        process
        for process in processes_in(data / "database" / "cluster", 0)
        if process != postmaster
    ]
    os.kill(children[0], signal.SIGSTOP)  # busy, and deaf to everything but SIGKILL
    for process in (user.pid, keeper, postmaster):
        os.kill(process, signal.SIGKILL)
    user.communicate()
    assert within(10, lambda: processes_in(data / "database" / "cluster", 0) == [children[0]])
    with EmbeddedPostgres(data) as postgres:
        assert answers(postgres)
        assert children[0] not in processes_in(data / "database" / "cluster", 0)


def test_a_stale_mark_that_names_somebody_else_s_process_is_not_believed(data: Path) -> None:
    with EmbeddedPostgres(data) as postgres:
        lines = (data / "database" / "cluster" / "postmaster.pid").read_text().splitlines()
        server = (data / "database" / "cluster").stat().st_uid
        socket = data / "database" / "socket"
    # The number was given to another process, of the same account even, after a crash of the machine.
    alien = subprocess.Popen(["sleep", "60"], **({"user": server} if os.geteuid() == 0 else {}))  # type: ignore[call-overload]
    try:
        mark = "\n".join([str(alien.pid), *lines[1:]]) + "\n"
        socket.mkdir(mode=0o700, exist_ok=True)
        for file in (
            data / "database" / "cluster" / "postmaster.pid",
            socket / ".s.PGSQL.5432.lock",
        ):
            file.write_text(mark)
            file.chmod(0o600)
            os.chown(file, server, -1)
        os.chown(socket, server, -1)
        with postgres:
            assert answers(postgres)
        assert alien.poll() is None
    finally:
        alien.kill()
        alien.wait()


# -- where it may lie ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["with a space", "خانواده", "percent%20 plus+ at@", "comma, colon: quote'\"", "x" * 120],
    ids=["space", "script", "signs", "separators", "long"],
)
def test_any_folder_name_will_do_and_the_address_stays(tmp_path: Path, name: str) -> None:
    postgres = EmbeddedPostgres(tmp_path / name / "data")
    addresses = set()
    for _ in range(2):
        with postgres:
            assert answers(postgres)
            addresses.add(postgres.url())
    assert len(addresses) == 1


def test_a_short_folder_for_the_socket_that_a_stranger_took_is_not_used(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / ("x" * 120))
    with postgres:
        taken = Path(postgres.dsn().split("host=")[1].split()[0])
    taken.mkdir(mode=0o777)
    try:
        taken.chmod(0o777)
        with postgres:
            assert answers(postgres)
            assert str(taken) not in postgres.dsn()
    finally:
        taken.rmdir()


def test_folders_above_are_not_opened_to_anybody(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with EmbeddedPostgres(private / "data") as postgres:
        assert answers(postgres)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert private.stat().st_uid == (private / "data").stat().st_uid == os.geteuid()


def test_programs_in_a_private_folder_are_found_a_way_to(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    me = account.Account(os.geteuid(), os.getegid(), dropped=False)
    wheel = account.find_programs(None, me).folder.parents[1]
    shutil.copytree(wheel / "pginstall", private / wheel.name / "pginstall", symlinks=True)
    shutil.copytree(
        wheel.with_name(f"{wheel.name}.libs"), private / f"{wheel.name}.libs", symlinks=True
    )
    copies = set(account.COPIES.glob("*"))
    try:
        with EmbeddedPostgres(
            tmp_path / "data", private / wheel.name / "pginstall" / "bin"
        ) as postgres:
            assert answers(postgres)
    finally:
        for copy in set(account.COPIES.glob("*")) - copies:
            shutil.rmtree(copy)


# -- what is wrong is said ----------------------------------------------------------------------------


def refusal(data: Path, bin_dir: Path | None = None, run_as: str | None = None) -> str:
    with pytest.raises(CannotStart) as refused:
        EmbeddedPostgres(data, bin_dir, run_as=run_as).start(patience=20)
    return str(refused.value)


def test_a_file_in_the_folder_s_place(data: Path) -> None:
    data.write_text("")
    assert str(data) in refusal(data)
    data.unlink()


def test_a_cluster_that_is_none(data: Path) -> None:
    (data / "database" / "cluster").mkdir(parents=True)
    (data / "database" / "cluster" / "holiday.jpg").write_text("")
    assert "holds something, but no database" in refusal(data)


def test_a_cluster_of_another_version(data: Path) -> None:
    with EmbeddedPostgres(data):
        pass
    for version in ("17", "19"):
        (data / "database" / "cluster" / "PG_VERSION").write_text(f"{version}\n")
        assert f"made by PostgreSQL {version}" in refusal(data)


def test_programs_that_are_missing_broken_or_too_old(data: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    bin_dir = tmp_path / "bin"
    assert f"no PostgreSQL in {bin_dir}" in refusal(data, bin_dir)
    bin_dir.mkdir(mode=0o755)
    (bin_dir / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.14 (Debian)'\n")
    (bin_dir / "postgres").chmod(0o755)
    assert "15.14 (Debian)" in refusal(data, bin_dir)
    (bin_dir / "postgres").write_text("#!/bin/sh\necho 'a library is missing' >&2; exit 127\n")
    assert "a library is missing" in refusal(data, bin_dir)


def test_what_an_earlier_keeper_failed_of_is_not_taken_for_the_next_one_s_word(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its lock to its first word a keeper is alive, and silent: nothing old may stand there."""
    bin_dir = data.parent / "none"
    refusal(data, bin_dir)
    folder, seen = Folder(data), []
    before = folder.read_state()
    assert before is not None
    assert before.name == "failed"
    start = subprocess.Popen

    def started(*args: Any, **how: Any) -> Any:
        seen.append(folder.read_state())
        return start(*args, **how)

    monkeypatch.setattr("assent.database.embedded.subprocess.Popen", started)
    refusal(data, bin_dir)
    assert [state.name for state in seen if state] == ["starting"]


def test_a_database_that_does_not_come_up(data: Path) -> None:
    with EmbeddedPostgres(data):
        pass
    shutil.rmtree(data / "database" / "cluster" / "global")
    assert "PostgreSQL does not start" in refusal(data)


def test_no_room_for_a_new_database(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(data)
    folder.make()
    chosen = account.choose_account(folder, None)
    monkeypatch.setattr(cluster, "ROOM_TO_BEGIN", 10**18)
    with pytest.raises(CannotStart, match="a new database needs"):
        cluster.prepare_cluster(folder, account.find_programs(None, chosen), chosen, durable=True)
    assert not folder.cluster.exists()


def test_a_new_database_that_is_killed_in_the_making_is_made_anew(data: Path) -> None:
    for delay in (0.1, 0.2, 0.3):
        user = another_user(data, "wait")
        within(10, lambda: list((data / "database").glob("cluster.new-*")))
        time.sleep(delay)
        user.kill()
        user.communicate()
    with EmbeddedPostgres(data) as postgres:
        assert answers(postgres)
    assert list((data / "database").glob("cluster.new-*")) == []


def test_an_account_that_does_not_exist(data: Path) -> None:
    """Only root may choose; anybody else runs it as themselves."""
    if os.geteuid() == 0:
        assert "no account to run it under" in refusal(data, run_as="no-such-account")
    else:
        with EmbeddedPostgres(data, run_as="no-such-account"):
            assert (data / "database" / "cluster").stat().st_uid == os.geteuid()


def test_the_owner_of_the_folder_can_use_what_root_started(data: Path) -> None:
    """Root may work in somebody's data folder, and leaves nothing there that its owner cannot use."""
    data.mkdir()
    owner = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    os.chown(data, owner, -1)
    with EmbeddedPostgres(data) as postgres:
        assert answers(postgres)
    for path in (data / "database").iterdir():
        assert path.stat().st_uid == owner, path
