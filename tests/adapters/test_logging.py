from __future__ import annotations

import logging

import pytest

from imglearn.adapters.logging import AttemptHandler
from imglearn.logger import ImageGenerationLogger


@pytest.fixture
def log(logger: ImageGenerationLogger) -> logging.Logger:
    log = logging.Logger("generator")
    log.addHandler(AttemptHandler(logger))
    return log


def test_a_record_that_carries_an_attempt_is_stored(log: logging.Logger, logger: ImageGenerationLogger) -> None:
    log.info("made %s", "a plank", extra={"attempt": {"material": "Oak", "category": "wood", "realism_score": 82}})
    log.info("nothing of note")
    (found,) = logger.get_recent_attempts()
    assert (found["material"], found["passed"], found["notes"]) == ("Oak", True, "made a plank")


def test_a_record_of_an_exception_is_an_attempt_in_an_error(log: logging.Logger, logger: ImageGenerationLogger) -> None:
    try:
        raise RuntimeError("CUDA out of memory")
    except RuntimeError:
        log.exception("no image", extra={"attempt": {"material": "Oak", "category": "wood"}})
    (found,) = logger.get_recent_attempts()
    assert (found["status"], found["error"]) == ("error", "RuntimeError: CUDA out of memory")


def test_what_can_not_be_stored_is_told_as_logging_tells_errors(
    log: logging.Logger, logger: ImageGenerationLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.info("made", extra={"attempt": {"material": "Oak", "category": "wood", "realism_score": 900}})
    assert "realism_score" in capsys.readouterr().err
    assert logger.get_recent_attempts() == []
