"""Attempts that the database can't take wait in files, and nothing that was logged is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
from support import Cli

from imglearn import SpoolWarning, create_logger, settings
from imglearn.capture import keeper
from imglearn.capture.opening import SPOOL
from imglearn.capture.spool import Change, Spool, waiting
from imglearn.errors import DatabaseLockedError, DatabaseMovedError, DatabaseUnwritableError, StoreError
from imglearn.intake import new_attempt
from imglearn.logger import ImageGenerationLogger
from imglearn.store import upkeep
from imglearn.store.database import Store


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database be tried again at once."""
    monkeypatch.setattr(keeper, "RETRY_S", 0.0)


@pytest.fixture
def spool(db: Path) -> Spool:
    return Spool(settings.resolve(db).state_folder.value / SPOOL, db)


def lines(spool: Spool) -> list[dict[str, object]]:
    return [json.loads(line) for path in spool.files() for line in path.read_bytes().splitlines()[1:]]


def ids(db: Path) -> set[str]:
    with create_logger(db, strict=True) as logger:
        return {attempt["id"] for attempt in logger.get_recent_attempts(limit=None)}


class Lock:
    """Another program that holds the database."""

    def __init__(self, db: Path) -> None:
        self._other = sqlite3.connect(db, isolation_level=None)

    def __enter__(self) -> Lock:
        self._other.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_: object) -> None:
        self._other.execute("ROLLBACK")


def hasty(db: Path, spool: Spool | None) -> ImageGenerationLogger:
    """Return a logger that waits for no lock."""
    store = Store.open(db, timeout=0.05)
    return ImageGenerationLogger(store, keeper=keeper.Keeper(store, (lambda: spool) if spool is not None else None))


def test_a_locked_database_costs_a_warning_and_no_attempt(db: Path, spool: Spool) -> None:
    logger = hasty(db, spool)
    with Lock(db):
        with pytest.warns(SpoolWarning, match=f"locked by another program.*{spool.folder}") as told:
            for number in range(3):
                logger.log_attempt("Birch", "wood", {}, {"realism_score": 82}, id=f"a{number}")
        assert [Path(one.filename) for one in told] == [Path(__file__)]  # the line of the program that logs
        assert [line["attempt"]["id"] for line in lines(spool)] == ["a0", "a1", "a2"]  # type: ignore[index]
    logger.log_attempt("Birch", "wood", {}, {}, id="a3")
    assert ids(db) == {"a0", "a1", "a2", "a3"}
    assert spool.files() == []
    assert logger.get_attempt("a0")["passed"] is True  # type: ignore[index]


def test_each_outage_is_told_once(db: Path, spool: Spool) -> None:
    logger = hasty(db, spool)
    for _ in range(2):
        with Lock(db), pytest.warns(SpoolWarning) as told:
            logger.log_attempt("Birch", "wood", {}, {})
            logger.log_attempt("Birch", "wood", {}, {})
        assert len(told) == 1
        logger.log_attempt("Birch", "wood", {}, {})


def test_where_warnings_are_errors_the_attempt_is_kept_first(db: Path, spool: Spool) -> None:
    logger = hasty(db, spool)
    with Lock(db), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SpoolWarning):
            logger.log_attempt("Birch", "wood", {}, {}, id="a")
    assert ids(db) == {"a"}


def test_a_strict_logger_raises(db: Path, spool: Spool) -> None:
    logger = hasty(db, None)
    with Lock(db), pytest.raises(DatabaseLockedError):
        logger.log_attempt("Birch", "wood", {}, {})
    assert spool.files() == []


def test_whoever_opens_the_database_next_takes_in_what_waits(db: Path, spool: Spool, cli: Cli) -> None:
    create_logger(db).close()
    spool.add([new_attempt({"material": "Oak", "category": "wood", "id": "a"})])
    assert "Oak" in cli("recent").stdout
    assert spool.files() == []


def test_what_became_of_an_attempt_follows_it(db: Path, spool: Spool) -> None:
    logger = hasty(db, spool)
    with Lock(db), pytest.warns(SpoolWarning), logger.attempt("Oak", "wood", params={"steps": 30}) as attempt:
        attempt.validated(score=60, physics_issues=["Edge"])
        attempt.validated(score=82)
    logger.close()
    found = logger.get_attempt(attempt.id)
    assert found is not None
    assert (found["status"], found["realism_score"], found["passed"]) == ("done", 82, True)
    assert found["physics_issues"] == ["Edge"]
    assert found["duration_s"] is not None


def test_what_came_first_is_taken_in_first(db: Path, spool: Spool) -> None:
    """A change that waits must not undo one that was stored since."""
    logger = hasty(db, spool)
    with logger.attempt("Oak", "wood") as attempt:
        with Lock(db), pytest.warns(SpoolWarning):
            attempt.validated(score=60)
        attempt.validated(score=82)
    assert logger.get_attempt(attempt.id)["realism_score"] == 82  # type: ignore[index]
    assert spool.files() == []


def test_to_take_in_twice_changes_nothing(db: Path, spool: Spool) -> None:
    new = new_attempt({"material": "Oak", "category": "wood"})
    change = Change(new.attempt.id, {"status": "done", "realism_score": 60.0, "passed": False})
    given = new_attempt({"material": "Oak", "category": "wood", "id": "mine", "realism_score": 12})
    with Store.open(db).session():
        store = Store.open(db)
        spool.add([new, change, given])
        (path,) = spool.files()
        again = path.read_bytes()
        assert spool.take_in(store) == (3, 0)
        before = store.execute("SELECT * FROM generation_attempts ORDER BY id").fetchall()
        path.write_bytes(again)
        assert spool.take_in(store) == (3, 0)
        assert store.execute("SELECT * FROM generation_attempts ORDER BY id").fetchall() == before


BAD = [
    b"no json\n",
    b'{"attempt": {"id": "x"}, "derived": []}\n',
    b'{"attempt": {"id": "x", "timestamp": "2025-01-01", "material": "a", "category": "b", "realism_score": 900}}\n',
    b'{"id": "nobody", "change": {"status": "done"}}\n',
    b'{"id": "good", "change": {"realism_score": "high"}}\n',
    b'{"attempt": {"id": "taken", "timestamp": "2025-01-01", "material": "a", "category": "b", "notes": "n"}}\n',
    b"[" * 10_000 + b"\n",
    b"\xff\xfe\n",
    b'{"attempt": {"id": "cut of',
]


@pytest.mark.parametrize("bad", BAD)
def test_bad_lines_are_set_aside_and_the_others_taken_in(db: Path, spool: Spool, bad: bytes) -> None:
    with create_logger(db) as logger:
        logger.log_attempt("Birch", "wood", {}, {}, id="taken")
    spool.add([new_attempt({"material": "Oak", "category": "wood", "id": "good"})])
    (path,) = spool.files()
    path.write_bytes(path.read_bytes() + bad)
    with create_logger(db) as logger:
        assert logger.get_attempt("good") is not None
        assert logger.get_attempt("taken")["notes"] is None  # type: ignore[index]
    assert spool.files() == []
    (aside,) = spool.folder.iterdir()
    assert aside.read_bytes() == bad.rstrip(b"\n") + b"\n"
    (found,) = waiting(spool.folder.parent)
    assert (found.lines, found.is_set_aside) == (1, True)


def test_a_line_after_one_that_was_cut_off_is_whole(db: Path, spool: Spool) -> None:
    spool.add([new_attempt({"material": "Oak", "category": "wood", "id": "a"})])
    (path,) = spool.files()
    path.write_bytes(path.read_bytes() + b'{"attempt": {"id": "cut')
    spool.add([new_attempt({"material": "Oak", "category": "wood", "id": "b"})])
    assert ids(db) == {"a", "b"}


def test_a_file_whose_first_line_was_cut_off_is_taken_in_too(db: Path, spool: Spool) -> None:
    spool.add([new_attempt({"material": "Oak", "category": "wood", "id": "a"})])
    (path,) = spool.files()
    path.write_bytes(path.read_bytes()[:12])
    spool.add([new_attempt({"material": "Oak", "category": "wood", "id": "b"})])
    assert ids(db) == {"b"}
    assert spool.files() == []


def test_only_its_owner_may_read_the_spool(spool: Spool) -> None:
    spool.add([new_attempt({"material": "Oak", "category": "wood"})])
    (path,) = spool.files()
    assert path.stat().st_mode & 0o777 == 0o600
    assert spool.folder.stat().st_mode & 0o777 == 0o700


def test_another_database_of_that_name_is_left_alone(db: Path, spool: Spool, tmp_path: Path) -> None:
    spool.add([new_attempt({"material": "Oak", "category": "wood", "id": "a"})])
    (path,) = spool.files()
    path.write_bytes(path.read_bytes().replace(str(db).encode(), str(tmp_path / "else" / db.name).encode()))
    assert ids(db) == set()
    assert spool.files() == [path]


@pytest.mark.parametrize("damage", ["folder", "damaged", "moved"])
def test_whatever_is_wrong_with_the_file_generation_goes_on(db: Path, spool: Spool, damage: str) -> None:
    if damage == "damaged":
        db.write_bytes(b"no database" * 1000)
    elif damage == "folder":
        db = db.parent / "file" / "log.db"
        db.parent.write_text("in the way")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        logger = create_logger(db)
        if damage == "moved":
            db.rename(db.with_name("moved.db"))
        logger.log_attempt("Birch", "wood", {}, {}, id="a")
        with logger.attempt("Oak", "wood", id="b") as attempt:
            attempt.failed("physics")
    assert len([one for one in told if one.category is SpoolWarning]) == 1
    if damage != "moved":
        with pytest.raises(StoreError):
            logger.get_recent_attempts()
    if damage == "folder":
        db.parent.unlink()
    elif damage == "damaged":
        db.unlink()
    else:
        db.with_name("moved.db").rename(db)
    logger.close()
    assert ids(db) == {"a", "b"}


def test_where_nothing_can_be_written_attempts_wait_in_memory(
    db: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = hasty(db, spool)
    monkeypatch.setattr(Spool, "add", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with Lock(db), pytest.warns(SpoolWarning, match="wait in memory"):
        logger.log_attempt("Birch", "wood", {}, {}, id="a")
        logger.log_attempt("Birch", "wood", {}, {}, id="b")
    logger.log_attempt("Birch", "wood", {}, {}, id="c")
    assert ids(db) == {"a", "b", "c"}


def test_a_command_that_can_keep_its_attempt_nowhere_fails(cli: Cli, db: Path, tmp_path: Path) -> None:
    db.write_bytes(b"no database" * 1000)
    (tmp_path / "state").write_text("in the way")
    done = cli("log", "--material", "a", "--category", "b", IMGLEARN_STATE=str(tmp_path / "state"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't be written either" in done.stderr


def test_a_command_keeps_its_attempt_in_the_spool_and_says_so(cli: Cli, db: Path, spool: Spool) -> None:
    db.write_bytes(b"no database" * 1000)
    done = cli("log", "--material", "a", "--category", "b", "--id", "x")
    assert (done.returncode, done.stdout) == (0, "x\n")
    assert done.stderr.count("\n") == 1
    assert str(spool.folder) in done.stderr
    assert cli("doctor").returncode == 1
    db.unlink()
    done = cli("log", "-", stdin='{"material": "a", "category": "b", "id": "y"}\n')
    assert done.returncode == 0
    assert ids(db) == {"x", "y"}


def test_the_doctor_shows_what_waits(cli: Cli, db: Path, spool: Spool, tmp_path: Path) -> None:
    create_logger(db).close()
    elsewhere = Spool(spool.folder.parent, tmp_path / "other.db")
    elsewhere.add([new_attempt({"material": "Oak", "category": "wood"})] * 3)
    spool.add([new_attempt({"material": "Oak", "category": "wood"})])
    (path,) = spool.files()
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    done = cli("doctor")
    assert f"3 lines wait in the spool for {tmp_path / 'other.db'}" in done.stderr
    assert "1 line is set aside in" in done.stderr
    assert done.returncode == 0


def _log_into(db: Path, number: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = Store.open(db, timeout=0.001)
        spool = Spool(settings.resolve(db).state_folder.value / SPOOL, db)
        logger = ImageGenerationLogger(store, keeper=keeper.Keeper(store, lambda: spool))
        for place in range(20):
            logger.log_attempt("Birch", "wood", {}, {}, id=f"{number}-{place}")
    os._exit(0)


def test_processes_that_lock_each_other_out_lose_nothing(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_logger(db).close()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_log_into, args=(db, number)) for number in range(12)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert ids(db) == {f"{number}-{place}" for number in range(12) for place in range(20)}


def test_threads_share_a_spool(db: Path, spool: Spool) -> None:
    logger = hasty(db, spool)

    def log(number: int) -> None:
        for place in range(10):
            logger.log_attempt("Birch", "wood", {}, {}, id=f"{number}-{place}")

    with Lock(db), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        threads = [threading.Thread(target=log, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(ids(db)) == 40


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_on_a_full_disk_the_attempt_goes_on_and_is_kept(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    db = small / "log.db"
    try:
        logger = create_logger(db)
        (small / "ballast").write_bytes(b"x" * 7_500_000)
        made = []
        with pytest.warns(SpoolWarning, match="full") as told:
            for number in range(40):
                with logger.attempt("Birch", "wood", prompt="x" * 20_000, id=f"a{number}") as attempt:
                    attempt.validated(score=80)
                made.append(attempt.id)
        assert len(told) == 1
        (small / "ballast").unlink()
        logger.close()
        found = create_logger(db).get_recent_attempts(limit=None)
        assert {attempt["id"] for attempt in found} == set(made)
        assert {attempt["status"] for attempt in found} == {"done"}
        assert [one for one in upkeep.check(Store.open(db)) if one.problem] == []
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_a_read_only_database_costs_no_attempt(db: Path, spool: Spool) -> None:
    create_logger(db).close()
    script = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import imglearn, sys; imglearn.create_logger(sys.argv[1]).log_attempt('Oak', 'wood', {}, {}, id='a')"
    )
    if os.geteuid() == 0:
        pytest.skip("root may write whatever it wants")
    db.chmod(0o400)
    subprocess.run([sys.executable, "-c", script, str(db)], check=True)
    db.chmod(0o600)
    assert ids(db) == {"a"}


def test_errors_that_no_time_will_mend_are_told_at_once(db: Path) -> None:
    sqlite3.connect(db).execute("CREATE TABLE theirs (x)").connection.close()
    with pytest.raises(StoreError, match="not imglearn's"):
        create_logger(db)


def test_the_errors_are_of_one_tree() -> None:
    assert issubclass(DatabaseMovedError, StoreError)
    assert issubclass(DatabaseUnwritableError, StoreError)
    assert issubclass(SpoolWarning, UserWarning)


def test_what_waited_in_memory_and_is_refused_is_set_aside(
    db: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_logger(db) as other:
        other.log_attempt("Birch", "wood", {}, {}, id="taken")
    logger = hasty(db, spool)
    with monkeypatch.context() as broken:
        broken.setattr(Spool, "add", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with Lock(db), pytest.warns(SpoolWarning, match="wait in memory"):
            logger.log_attempt("Oak", "wood", {}, {}, id="taken")
    with pytest.warns(SpoolWarning, match="attempts that can't be taken in: 1; they are set aside"):
        logger.close()
    (aside,) = spool.folder.iterdir()
    assert json.loads(aside.read_bytes())["attempt"]["material"] == "Oak"
