"""The standard library's logging: records that carry an attempt are stored.

log.addHandler(AttemptHandler(create_logger()))
log.info("made a birch plank", extra={"attempt": {"material": "Birch", "category": "wood", "realism_score": 82}})
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from imglearn.logger import ImageGenerationLogger


class AttemptHandler(logging.Handler):
    """Stores the mapping that a record has as `attempt`, and passes over records that have none.

    It may hold what `ImageGenerationLogger.log_record` takes. Its time is the record's and its notes are the message,
    where it doesn't say otherwise; a record of an exception is an attempt in an error.
    """

    def __init__(self, logger: ImageGenerationLogger, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Store the record's attempt. What can't be stored is told as logging tells all its errors."""
        attempt = getattr(record, "attempt", None)
        if not isinstance(attempt, Mapping):
            return
        try:
            said: dict[str, object] = {
                "timestamp": datetime.fromtimestamp(record.created, UTC),
                "notes": record.getMessage(),
            }
            if record.exc_info and record.exc_info[1] is not None:
                error = record.exc_info[1]
                said |= {"status": "error", "error": f"{type(error).__name__}: {error}"}
            self._logger.log_record({**said, **attempt})
        except Exception:
            self.handleError(record)
