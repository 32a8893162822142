"""An attempt while it is made: stored as it starts, and again as more of it is known."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

import msgspec

from imglearn.capture.keeper import Keeper
from imglearn.errors import InvalidRecordError
from imglearn.intake import flat_fields, new_attempt
from imglearn.process import PROCESS, ForkSafeLock, this_process
from imglearn.records import Attempt, check, differing_fields

MOST_OF_A_MESSAGE = 2_000  # characters of an exception's message

# What a retry takes from the attempt before it. Its seed it takes only where it is given anew.
_HANDED_ON = (
    "material", "category", "model", "prompt", "negative_prompt", "gen_prompt_length", "guidance_scale",
    "contamination_uniformity", "view_mode", "patterns_used", "params",
)  # fmt: skip

_OF_THE_FILE = ("image_path", "image_size_kb", "image_sha256")


class RunningAttempt:
    """One attempt, to be used in a `with` or `async with` statement.

    It is stored as running when the block begins, and as done when it ends, with the seconds that it took; or in an
    error, with its message, where an exception leaves the block, which goes on its way. Each method stores at once
    what it says, within the block or after it, and raises InvalidRecordError for values that can't be stored. May be
    shared by threads.
    """

    def __init__(self, keeper: Keeper, pass_threshold: float, given: Mapping[str, object]) -> None:
        """Make an attempt from the fields that are known before; nothing is stored yet. Raises InvalidRecordError."""
        self._keeper = keeper
        self._pass_threshold = pass_threshold
        self._new = new_attempt(given, pass_threshold)
        self._now = self._new.attempt
        self._started: float | None = None
        self._is_judged = self._now.passed is not None and "passed" not in self._new.derived  # by somebody's word
        self._given_up: BaseException | None = None  # while it was about to start
        self._lock = ForkSafeLock()

    @property
    def id(self) -> str:
        """The attempt's id."""
        return self._now.id

    @property
    def record(self) -> Attempt:
        """All that is known of it."""
        return self._now

    def start(self) -> Self:
        """Store it as running. Raises ConflictError where its id is stored with other content."""
        if self._started is not None:
            raise RuntimeError("the attempt was begun already; logger.attempt() or retry() makes another one")
        extra = {**(self._now.extra or {}), PROCESS: msgspec.to_builtins(this_process())}
        started = msgspec.structs.replace(self._now, status="running", extra=extra)
        self._keeper.log(self._new._replace(attempt=started))
        self._now, self._started = started, time.monotonic()
        return self

    def end(self, error: BaseException | str | None = None) -> None:
        """Store that it is done, or ended by an error, and how many seconds it took."""
        ended: dict[str, object] = {"status": "done"} if self._now.status == "running" else {}
        if error is not None:
            ended = {"status": "error", "error": error if isinstance(error, str) else _message(error)}
        if self._started is not None and self._now.duration_s is None:
            ended["duration_s"] = round(time.monotonic() - self._started, 3)
        self.update(**ended)

    def update(self, **fields: Any) -> None:
        """Set fields of the record anew, by their names or in the groups of `log_attempt`.

        `params` and `extra` are added to what is there. As there, a score alone decides the verdict.
        """
        self._say(flat_fields(fields))

    def _say(self, said: dict[str, object]) -> None:
        if self._started is None:
            raise RuntimeError("the attempt has not begun; use it in a with statement, or call start()")
        if said.get("id", self.id) != self.id:
            raise InvalidRecordError("id", said["id"], f"the attempt's own, {self.id!r}: it stays the same")
        with self._lock:
            self._is_judged = self._is_judged or said.get("passed") is not None
            for name in ("params", "extra"):
                if isinstance(said.get(name), Mapping):
                    said[name] = {**(getattr(self._now, name) or {}), **said[name]}  # type: ignore[dict-item]
            changed = self._with_what_follows(check(Attempt, {**msgspec.structs.asdict(self._now), **said}), said)
            differing = differing_fields(self._now, changed)
            if differing:
                self._keeper.change(self.id, {name: getattr(changed, name) for name in differing})
                self._now = changed

    def _with_what_follows(self, changed: Attempt, said: Mapping[str, object]) -> Attempt:
        """Derive what `log_attempt` derives: the verdict from a score, and that feedback was applied from its text."""
        follows: dict[str, object] = {}
        score = changed.realism_score if changed.validator_error is None and not self._is_judged else None
        if score is not None and "realism_score" in said:
            follows["passed"] = score >= self._pass_threshold
        if changed.feedback_text is not None and "feedback_text" in said:
            follows["feedback_applied"] = True
        return msgspec.structs.replace(changed, **{name: value for name, value in follows.items() if name not in said})

    def validated(
        self,
        score: float | None = None,
        *,
        passed: bool | None = None,
        physics_issues: list[str] | None = None,
        red_flags: list[str] | None = None,
        prompt_length: int | None = None,
        truncated: bool | None = None,
        error: str | None = None,
    ) -> None:
        """Say what the validator found; `error` is why it found nothing.

        `score` is the realism score (0-100). Where no verdict is given, it decides by the pass threshold.
        """
        said = {
            "realism_score": score,
            "passed": passed,
            "physics_issues": physics_issues,
            "red_flags": red_flags,
            "val_prompt_length": prompt_length,
            "val_truncated": truncated,
        }
        known = {name: value for name, value in said.items() if value is not None}
        self._say({**known, "validator_error": error})  # a validator that finds something has no error any more

    def failed(self, category: str | None = None) -> None:
        """Say that it did not pass, and what it failed for: physics, quality ..."""
        self.update(passed=False, **({} if category is None else {"failure_category": category}))

    def image(self, path: str | os.PathLike[str]) -> None:
        """Say where the image is. Its size and SHA-256 are read from it, and what it says that isn't known yet."""
        from imglearn.capture.image_attempt import completed, image_fields

        with self._lock:
            image = image_fields(path)
            ours = {name: value for name, value in msgspec.structs.asdict(self._now).items() if value is not None}
            said = {name: value for name, value in completed(ours, image).items() if value != ours.get(name)}
            self._say({**said, **{name: image.get(name) for name in _OF_THE_FILE}})
            if self._now.image_sha256 is not None:
                self._keeper.drop_double(self.id, self._now.image_sha256)

    def note(self, text: str) -> None:
        """Add a line to the notes."""
        with self._lock:
            self.update(notes=f"{self._now.notes}\n{text}" if self._now.notes else text)

    def retry(self, **changes: Any) -> RunningAttempt:
        """Return the next attempt, which retries this one, to be used in a `with` statement of its own.

        It begins with the same material, category, model, prompt and parameters, as far as `changes` don't say
        otherwise: any fields of the record, such as `feedback_text`, and `params`, which are added to what is there.
        """
        said = flat_fields(changes)
        kept = {name: getattr(self._now, name) for name in _HANDED_ON if getattr(self._now, name) is not None}
        if isinstance(said.get("params"), Mapping):
            said["params"] = {**(self._now.params or {}), **said["params"]}  # type: ignore[dict-item]
        if "prompt" in said:
            kept.pop("gen_prompt_length", None)
        return RunningAttempt(self._keeper, self._pass_threshold, {**kept, **said, "parent_id": self.id})

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._leave(error)

    def _leave(self, error: BaseException | None) -> None:
        """End it as the block is left: what goes wrong with that takes no exception's place that is under way."""
        try:
            is_clean = isinstance(error, GeneratorExit) or (isinstance(error, SystemExit) and not error.code)
            self.end(None if is_clean else error)
        except Exception as problem:
            if error is None:
                raise
            error.add_note(f"imglearn: how the attempt ended is not stored: {problem}")

    async def __aenter__(self) -> Self:
        starting = asyncio.get_running_loop().run_in_executor(None, self._start_unless_given_up)
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError as cancelled:
            if self._give_up(cancelled):
                await _to_the_end(partial(self._leave, cancelled))
            raise

    def _start_unless_given_up(self) -> Self:
        """Start in a thread of its own; the task that waits for it may be cancelled meanwhile."""
        self.start()
        with self._lock:
            given_up = self._given_up
        if given_up is not None:
            self._leave(given_up)
        return self

    def _give_up(self, error: BaseException) -> bool:
        """End it when it has started; return whether it has."""
        with self._lock:
            self._given_up = error
            return self._started is not None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await _to_the_end(partial(self._leave, error))


async def _to_the_end(action: Callable[[], None]) -> None:
    """Run in a thread what must be done even where the task is cancelled meanwhile."""
    await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, action))


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # whatever it raises, it is not what the program has to hear of
        text = ""
    kind = type(error).__name__
    return (f"{kind}: {text}" if text else kind)[:MOST_OF_A_MESSAGE]
