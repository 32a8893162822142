from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from support import Cli

from imglearn import __version__


def test_where_prints_every_setting_and_its_origin(cli: Cli, db: Path) -> None:
    done = cli("where")
    assert done.returncode == 0
    lines = {line.split("  ")[0].strip(): line for line in done.stdout.splitlines()}
    assert list(lines) == [
        "config file",
        "database",
        "pass threshold",
        "state folder",
        "watch rules",
        "images",
        "theme",
        "bell",
        "keys",
    ]
    assert lines["database"].split() == ["database", str(db), "IMGLEARN_DB,", "not", "there", "yet"]
    assert lines["pass threshold"].split() == ["pass", "threshold", "75", "default"]


def test_where_as_json(cli: Cli, db: Path) -> None:
    found = json.loads(cli("where", "--json", "--db", "other.db").stdout)
    assert found["database"] == {"value": str(Path.cwd() / "other.db"), "origin": "--db", "exists": False}
    assert found["pass_threshold"] == {"value": 75, "origin": "default"}


def test_db_may_stand_before_or_after_the_command(cli: Cli, tmp_path: Path) -> None:
    for arguments in (("--db", "a.db", "where", "--json"), ("where", "--json", "--db", "a.db")):
        assert json.loads(cli(*arguments).stdout)["database"]["value"].endswith("a.db")


def test_a_bad_setting_is_wrong_usage(cli: Cli) -> None:
    done = cli("where", IMGLEARN_PASS_THRESHOLD="high")
    assert (done.returncode, done.stdout) == (2, "")
    assert "IMGLEARN_PASS_THRESHOLD: got 'high'; wants a score from 0 to 100" in done.stderr


def test_import_says_what_it_did(cli: Cli, tmp_path: Path) -> None:
    older = tmp_path / "old.db"
    with sqlite3.connect(older) as raw:
        raw.execute("CREATE TABLE generation_attempts (id INTEGER, timestamp, material, category, feedback_text)")
        raw.execute("CREATE TABLE learned_defaults (category)")
        raw.execute("INSERT INTO generation_attempts VALUES (1, '2025-01-01', 'Oak', 'wood', 'Less dust')")
        raw.execute("INSERT INTO generation_attempts VALUES (2, '2025-01-01', 'Oak', 'wood', NULL)")
    done = cli("import", str(older))
    assert (done.returncode, done.stdout) == (0, f"{older}: 1 attempts, 1 remarks, 0 skipped\n")
    assert "not read: table learned_defaults (0 rows)" in done.stderr
    again = cli("import", str(older))
    assert again.stdout == f"{older}: 0 attempts, 0 remarks, 0 skipped, 2 already here\n"


def test_import_of_rows_that_do_not_fit_exits_with_3(cli: Cli, tmp_path: Path) -> None:
    older = tmp_path / "old.db"
    with sqlite3.connect(older) as raw:
        raw.execute("CREATE TABLE generation_attempts (id TEXT, timestamp, material, category, realism_score)")
        raw.execute("INSERT INTO generation_attempts VALUES ('a', '2025-01-01', 'Oak', 'wood', 80)")
        raw.execute("INSERT INTO generation_attempts VALUES ('b', '2025-01-01', 'Oak', 'wood', 800)")
    done = cli("import", str(older))
    assert (done.returncode, done.stdout) == (3, f"{older}: 1 attempts, 0 remarks, 1 skipped\n")
    assert "row 'b': realism_score: got 800" in done.stderr


def test_import_of_a_missing_file_fails(cli: Cli) -> None:
    done = cli("import", "nowhere.db")
    assert done.returncode == 1
    assert "nowhere.db is not there; give the path of a file to import" in done.stderr


def test_the_version_and_the_help(cli: Cli) -> None:
    assert cli("--version").stdout == f"imglearn {__version__}\n"
    help_text = cli("--help").stdout
    for name in ("log", "import", "where", "demo"):
        assert f"  {name} " in help_text
    assert cli("nonsense").returncode == 2


def test_the_demo_needs_a_terminal(cli: Cli, db: Path) -> None:
    done = cli("demo")
    assert done.returncode == 1
    assert "needs a terminal" in done.stderr
    assert not db.exists()


def test_where_and_doctor_have_csv_too(cli: Cli, db: Path) -> None:
    cli("log", "--material", "Oak", "--category", "wood")
    assert cli("where", "--csv").stdout.splitlines()[0] == "setting,value,origin"
    assert f"database,{db},IMGLEARN_DB" in cli("where", "--csv").stdout
    checks = cli("doctor", "--csv").stdout.splitlines()
    assert checks[0] == "check,problem,mended"
    assert "attempt_totals,,false" in checks
    assert cli("feedback", "guide", "--csv").stdout.startswith("kind,guide\nphysics,")
