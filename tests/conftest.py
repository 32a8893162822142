"""What tests share: nothing here or in any test touches the user's own files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # tests run beside each other already

from hypothesis import HealthCheck, settings
from support import Cli

from imglearn.logger import ImageGenerationLogger
from imglearn.store.database import Store

settings.register_profile(
    "default",
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,  # the same examples for the same code; to look for others: --hypothesis-profile search
)
settings.register_profile("search", settings.get_profile("default"), derandomize=False, max_examples=500)
settings.load_profile("default")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home of its own, with no settings in it."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(("IMGLEARN_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return home


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def store(db: Path) -> Iterator[Store]:
    store = Store.open(db)
    yield store
    store.close()


@pytest.fixture
def logger(store: Store) -> ImageGenerationLogger:
    return ImageGenerationLogger(store)


@pytest.fixture
def cli(db: Path) -> Cli:
    """Run `imglearn` as a process of its own on the test's database."""

    def run(*args: str, stdin: str | bytes = "", **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "imglearn", *args],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env={**os.environ, "IMGLEARN_DB": str(db), **env},
            timeout=60,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        )

    return run


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real databases, where it lies beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data" / "origin"
    if not folder.is_dir():
        pytest.skip("the real data is not here")
    return folder
