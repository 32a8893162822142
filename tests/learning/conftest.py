"""A log of the studio, made once for a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from studio import Break, studio

from imglearn.logger import ImageGenerationLogger
from imglearn.store.database import Store


def logged(folder: pytest.TempPathFactory, records: list[dict[str, object]]) -> ImageGenerationLogger:
    log = ImageGenerationLogger(Store.open(folder.mktemp("studio") / "log.db"))
    errors = [outcome for outcome in log.log_many(records) if not isinstance(outcome, str)]
    assert not errors
    return log


@pytest.fixture(scope="session")
def studio_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageGenerationLogger]:
    """1,500 attempts; from two thirds on the model bellows scores 15 points less."""
    log = logged(tmp_path_factory, studio(1500, breaks=(Break(2 / 3, "bellows", -15.0),)))
    yield log
    log.close()


@pytest.fixture(scope="session")
def steady_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageGenerationLogger]:
    """1,500 attempts of a world in which nothing changes."""
    log = logged(tmp_path_factory, studio(1500, seed=2))
    yield log
    log.close()
