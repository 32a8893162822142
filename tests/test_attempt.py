"""Attempts that log themselves in code: running, done, in an error, abandoned."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from imglearn import ConflictError, InvalidRecordError, StoreError, create_logger
from imglearn.logger import ImageGenerationLogger
from imglearn.process import Process, has_ended, this_process
from imglearn.store import upkeep


def the(logger: ImageGenerationLogger, id: str) -> dict[str, Any]:
    found = logger.get_attempt(id)
    assert found is not None
    return found


def test_an_attempt_runs_and_then_is_done(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    image = tmp_path / "out.png"
    image.write_bytes(b"x" * 2048)
    with logger.attempt(
        material="Birch", category="wood", model="imagen-4", params={"steps": 30}, prompt="a plank", seed=7
    ) as attempt:
        running = the(logger, attempt.id)
        assert (running["status"], running["seed"], running["params"]) == ("running", "7", {"steps": 30})
        assert running["extra"]["process"]["pid"] == os.getpid()
        attempt.image(image)
        attempt.validated(score=82, physics_issues=[], red_flags=[], prompt_length=4000, truncated=False)
        assert the(logger, attempt.id)["realism_score"] == 82
    found = the(logger, attempt.id)
    assert (found["status"], found["passed"], found["physics_issues"], found["error"]) == ("done", True, [], None)
    assert (found["image_path"], found["image_size_kb"]) == (str(image), 2)
    assert len(found["image_sha256"]) == 64
    assert 0 < found["duration_s"] < 10


def test_the_verdict_follows_the_score_and_the_threshold(store: Any) -> None:
    logger = ImageGenerationLogger(store, pass_threshold=90)
    with logger.attempt("Oak", "wood") as attempt:
        attempt.validated(score=82)
        assert the(logger, attempt.id)["passed"] is False
        attempt.validated(score=95)
        assert the(logger, attempt.id)["passed"] is True
        attempt.validated(score=95, passed=False)
        assert the(logger, attempt.id)["passed"] is False
    with logger.attempt("Oak", "wood") as attempt:
        attempt.validated(score=95, error="the judge timed out")
    assert the(logger, attempt.id)["passed"] is None
    attempt.validated(score=95)
    assert (the(logger, attempt.id)["passed"], the(logger, attempt.id)["validator_error"]) == (True, None)
    with logger.attempt("Oak", "wood") as attempt:
        attempt.failed("physics")
    assert (the(logger, attempt.id)["passed"], the(logger, attempt.id)["failure_category"]) == (False, "physics")


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory"), KeyboardInterrupt(), SystemExit(3)])
def test_an_exception_marks_it_and_goes_on_its_way(logger: ImageGenerationLogger, error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, logger.attempt("Oak", "wood") as attempt:
        raise error
    assert raised.value is error
    found = the(logger, attempt.id)
    assert found["status"] == "error"
    assert found["error"] == {"RuntimeError": "RuntimeError: CUDA out of memory", "SystemExit": "SystemExit: 3"}.get(
        type(error).__name__, "KeyboardInterrupt"
    )
    assert found["passed"] is None


def test_an_exception_that_can_not_be_told_is_no_other(logger: ImageGenerationLogger) -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise ValueError

    with pytest.raises(OddError), logger.attempt("Oak", "wood") as attempt:
        raise OddError
    assert the(logger, attempt.id)["error"] == "OddError"


def test_it_may_be_judged_after_it_was_made(logger: ImageGenerationLogger) -> None:
    with logger.attempt("Oak", "wood") as attempt:
        pass
    attempt.validated(score=40, physics_issues=["Edge"])
    attempt.note("the light is wrong")
    attempt.note("and the shadow")
    found = the(logger, attempt.id)
    assert (found["status"], found["passed"], found["notes"]) == (
        "done",
        False,
        "the light is wrong\nand the shadow",
    )
    assert logger.get_common_physics_violations()[0]["issue"] == "Edge"


def test_a_retry_begins_where_the_last_one_stopped(logger: ImageGenerationLogger) -> None:
    with logger.attempt(
        "Oak", "wood", model="m", prompt="a plank", seed=7, params={"steps": 20, "cfg": 4}, guidance_scale=3.5
    ) as first:
        first.failed("physics")
    with first.retry(params={"steps": 40}, feedback_text="Less dust", feedback_category="physics") as second:
        second.validated(score=80)
    with second.retry(prompt="two planks") as third:
        pass
    found = the(logger, second.id)
    assert (found["parent_id"], found["retry_count"], found["feedback_applied"]) == (first.id, 1, True)
    assert found["params"] == {"steps": 40, "cfg": 4}
    assert (found["material"], found["model"], found["prompt"], found["seed"]) == ("Oak", "m", "a plank", None)
    assert found["guidance_scale"] == 3.5
    found = the(logger, third.id)
    assert (found["retry_count"], found["prompt"], found["feedback_text"]) == (2, "two planks", None)


def test_more_parameters_may_be_said_later(logger: ImageGenerationLogger) -> None:
    with logger.attempt("Oak", "wood", params={"steps": 20}) as attempt:
        attempt.update(params={"sampler": "euler"}, seed=2**63, extra={"queue": 3})
    found = the(logger, attempt.id)
    assert found["params"] == {"steps": 20, "sampler": "euler"}
    assert found["seed"] == str(2**63)
    assert found["extra"]["queue"] == 3
    assert "process" in found["extra"]


def test_what_can_not_be_stored_is_told_where_it_is_said(logger: ImageGenerationLogger) -> None:
    with pytest.raises(InvalidRecordError, match="sead"):
        logger.attempt("Oak", "wood", sead=7)
    with pytest.raises(InvalidRecordError, match="realism_score"), logger.attempt("Oak", "wood") as attempt:
        attempt.validated(score=140)
    assert the(logger, attempt.id)["status"] == "error"
    logger.log_attempt("Oak", "wood", {}, {}, id="mine")
    with pytest.raises(ConflictError), logger.attempt("Birch", "wood", id="mine"):
        pytest.fail("it must not begin")


def test_it_counts_as_running_while_it_runs(logger: ImageGenerationLogger) -> None:
    with logger.attempt("Oak", "wood"):
        assert logger.get_category_stats("wood")["unknown"] == 1
    assert [one for one in upkeep.check(logger.store) if one.problem] == []


def test_attempts_of_many_threads_keep_apart(logger: ImageGenerationLogger) -> None:
    def make(number: int) -> None:
        for _ in range(10):
            with logger.attempt("Oak", f"c{number}") as attempt:
                attempt.validated(score=number)
        logger.close()

    threads = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(6):
        stats = logger.get_category_stats(f"c{number}")
        assert (stats["total_attempts"], stats["avg_realism_score"]) == (10, number)


async def test_an_attempt_of_a_task_is_like_any_other(logger: ImageGenerationLogger) -> None:
    async def make(number: int) -> str:
        async with logger.attempt("Oak", "wood") as attempt:
            await asyncio.sleep(0.01)
            attempt.validated(score=number)
        return attempt.id

    ids = await asyncio.gather(*map(make, range(10)))
    assert [the(logger, id)["realism_score"] for id in ids] == list(range(10))


async def test_a_cancelled_task_says_so(logger: ImageGenerationLogger) -> None:
    ids = []

    async def make() -> None:
        async with logger.attempt("Oak", "wood") as attempt:
            ids.append(attempt.id)
            await asyncio.sleep(60)

    task = asyncio.create_task(make())
    while not ids:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (the(logger, ids[0])["status"], the(logger, ids[0])["error"]) == ("error", "CancelledError")


def test_a_decorated_function_logs_each_call(logger: ImageGenerationLogger, tmp_path: Path) -> None:
    @logger.logged(category="wood", model="flux-2", params={"scheduler": "karras"})
    def generate(material: str, prompt: str, steps: int = 20, *, pipeline: object = None, **knobs: object) -> str:
        """Make it."""
        path = tmp_path / f"{material}.png"
        path.write_bytes(b"png")
        return str(path)

    result = generate("Oak", prompt="a plank", pipeline=object(), guidance_scale=3.5, width=512)
    (found,) = logger.get_recent_attempts()
    assert generate.__doc__ == "Make it."
    assert (found["material"], found["category"], found["model"], found["prompt"]) == (
        "Oak",
        "wood",
        "flux-2",
        "a plank",
    )
    assert found["params"] == {"scheduler": "karras", "steps": 20, "width": 512}
    assert found["guidance_scale"] == 3.5
    assert (found["image_path"], found["status"]) == (result, "done")


def test_a_decorated_function_may_ask_for_its_attempt(logger: ImageGenerationLogger) -> None:
    @logger.logged(material="Oak", category="wood")
    def generate(seed: int, attempt: Any = None) -> int:
        attempt.validated(score=seed)
        return seed

    assert generate(7) == 7
    (found,) = logger.get_recent_attempts()
    assert (found["seed"], found["realism_score"]) == ("7", 7)
    with pytest.raises(TypeError):
        generate(7, 8, 9)


async def test_a_decorated_coroutine_logs_each_call(logger: ImageGenerationLogger) -> None:
    @logger.logged(material="Oak", category="wood")
    async def generate(seed: int) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await generate(7)
    (found,) = logger.get_recent_attempts()
    assert (found["seed"], found["status"], found["error"]) == ("7", "error", "RuntimeError: no")


def test_log_many_takes_what_comes_without_end(logger: ImageGenerationLogger) -> None:
    records = ({"material": "Oak", "category": "wood", "realism_score": number % 101} for number in range(9_000))
    outcomes = logger.log_many(records)
    assert len(outcomes) == 9_000
    assert logger.get_category_stats("wood")["total_attempts"] == 9_000


RUN = """
import os, signal, sys, time
from imglearn import create_logger
logger = create_logger(sys.argv[1])
with logger.attempt("Oak", "wood", id="a"):
    print("running", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_its_attempt_abandoned(db: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN, str(db)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        with create_logger(db) as logger:
            assert the(logger, "a")["status"] == "running"
        process.kill()
        process.wait()
    with create_logger(db) as logger:
        assert the(logger, "a")["status"] == "abandoned"
        assert logger.get_category_stats("wood")["unknown"] == 1


def test_a_process_that_was_ended_politely_says_so(db: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN, str(db)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait()
    with create_logger(db) as logger:
        assert (the(logger, "a")["status"], the(logger, "a")["error"]) == ("error", "KeyboardInterrupt")


@pytest.mark.parametrize(
    ("age_h", "process", "status"),
    [
        (1, None, "running"),
        (25, None, "abandoned"),
        (1, {"host": "elsewhere", "pid": 1}, "running"),
        (25, {"host": "elsewhere", "pid": 1}, "abandoned"),
        (25, "this", "running"),
        (1, {"pid": "rubbish"}, "running"),
        (25, [1, 2], "abandoned"),
    ],
)
def test_a_process_that_can_not_be_seen_has_a_day(
    logger: ImageGenerationLogger, db: Path, age_h: float, process: object, status: str
) -> None:
    process = json.loads(json.dumps(_as_dict(this_process()))) if process == "this" else process
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age_h * 3600))
    extra = None if process is None else {"process": process}
    logger.log_record(
        {"material": "a", "category": "b", "id": "a", "timestamp": when, "status": "running", "extra": extra}
    )
    assert the(create_logger(db), "a")["status"] == status


def _as_dict(process: Process) -> dict[str, object]:
    return {name: getattr(process, name) for name in process.__struct_fields__}


def test_an_attempt_that_was_given_up_may_still_end(db: Path) -> None:
    """Its process could not be seen from where somebody looked."""
    with create_logger(db) as logger, logger.attempt("Oak", "wood") as attempt:
        with sqlite3.connect(db) as other:
            other.execute("UPDATE generation_attempts SET status = 'abandoned'")
        attempt.validated(score=80)
    assert the(logger, attempt.id)["status"] == "done"


def test_a_process_is_told_from_a_later_one_of_its_number() -> None:
    here = this_process()
    assert has_ended(here) is False
    assert has_ended(Process(here.host, here.pid, "another boot:1", here.numbered_in)) is True
    assert has_ended(Process(here.host, 2**22 + 12345, here.started, here.numbered_in)) is True
    assert has_ended(Process("elsewhere", here.pid, here.started, here.numbered_in)) is None
    ended = subprocess.Popen(["true"])
    time.sleep(0.1)  # it has ended, but nobody has looked yet
    assert has_ended(Process(here.host, ended.pid, "x", here.numbered_in)) is True
    ended.wait()


KILLED = textwrap.dedent("""
    import sys
    from imglearn import create_logger
    logger = create_logger(sys.argv[1])
    number = 0
    while True:
        number += 1
        if number % 3:
            id = logger.log_attempt("Oak", "wood", {"prompt": "x" * 500}, {"realism_score": 80, "physics_issues": ["Edge"]})
            print("done", id, flush=True)
        else:
            with logger.attempt("Oak", "wood") as attempt:
                print("running", attempt.id, flush=True)
                attempt.validated(score=81, physics_issues=["Edge"])
                print("judged", attempt.id, flush=True)
            print("done", attempt.id, flush=True)
""")


def killed_at_random(db: Path, times: int, seed: int = 5) -> None:
    """Kill a logging process so many times, at any moment, and require all that it acknowledged."""
    rng = random.Random(seed)
    said: dict[str, str] = {}
    for _ in range(times):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(db)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            threading.Timer(0.12 + rng.random() * 0.25, process.kill).start()
            for line in process.stdout:
                if line.endswith("\n"):
                    state, id = line.split()
                    said[id] = state
            process.wait()
    with create_logger(db) as logger:
        found = {attempt["id"]: attempt for attempt in logger.get_recent_attempts(limit=None)}
        assert said.keys() <= found.keys()
        for id, state in said.items():
            if state in ("done", "judged"):
                assert found[id]["passed"] is True
            if state == "done":
                assert found[id]["status"] == "done"
        assert not [attempt for attempt in found.values() if attempt["status"] == "running"]
        assert [one for one in upkeep.check(logger.store) if one.problem] == []


def test_what_was_acknowledged_survives_being_killed(db: Path) -> None:
    killed_at_random(db, int(os.environ.get("KILLS", "12")))


def test_what_goes_wrong_at_the_end_takes_no_exceptions_place(db: Path) -> None:
    logger = create_logger(db, strict=True)
    with pytest.raises(RuntimeError, match="mine") as raised, logger.attempt("Oak", "wood"):
        db.rename(db.with_name("moved.db"))
        raise RuntimeError("mine")
    assert "is not stored" in raised.value.__notes__[0]
    with pytest.raises(StoreError), create_logger(db.with_name("other.db"), strict=True).attempt("Oak", "wood"):
        db.with_name("other.db").rename(db.with_name("gone.db"))


async def test_a_task_that_is_cancelled_as_it_starts_leaves_nothing_running(db: Path) -> None:
    create_logger(db).close()
    logger = create_logger(db)

    async def make() -> None:
        async with logger.attempt("Oak", "wood", id="a"):
            await asyncio.sleep(60)

    with sqlite3.connect(db, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(make())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        other.execute("COMMIT")
    for _ in range(100):
        found = logger.get_attempt("a")
        if found is not None and found["status"] == "error":
            break
        await asyncio.sleep(0.05)
    assert (the(logger, "a")["status"], the(logger, "a")["error"]) == ("error", "CancelledError")


def test_a_verdict_that_somebody_gave_stays(logger: ImageGenerationLogger) -> None:
    with logger.attempt("Oak", "wood") as attempt:
        attempt.failed("physics")
        attempt.validated(score=95)
    assert the(logger, attempt.id)["passed"] is False
    with logger.attempt("Oak", "wood") as attempt:
        attempt.update(validation_results={"realism_score": 95})
    assert the(logger, attempt.id)["passed"] is True


def test_an_attempt_is_begun_once_and_keeps_its_id(logger: ImageGenerationLogger) -> None:
    attempt = logger.attempt("Oak", "wood")
    with pytest.raises(RuntimeError, match="has not begun"):
        attempt.note("lost")
    with attempt:
        pass
    with pytest.raises(RuntimeError, match="begun already"), attempt:
        pytest.fail("it must not begin")
    with pytest.raises(InvalidRecordError, match="id"):
        attempt.update(id="another")
    assert len(logger.get_recent_attempts()) == 1


def test_a_fork_gets_a_lock_of_its_own(logger: ImageGenerationLogger) -> None:
    attempt = logger.attempt("Oak", "wood").start()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with attempt._lock:
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        attempt.note("from the child")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    done.set()
    thread.join()
    assert the(logger, attempt.id)["notes"] == "from the child"


def test_what_a_field_can_not_hold_stops_no_decorated_function(logger: ImageGenerationLogger) -> None:
    @logger.logged(material="Oak", category="wood")
    def generate(model: object, prompt: list[str], seed: int = 7, attempt: Any = None) -> str:
        attempt.validated(score=80)
        return "made"

    assert generate(object(), ["one", "two"]) == "made"
    assert generate(object(), ["one"], 8, None) == "made"
    second, first = logger.get_recent_attempts()
    assert (first["model"], first["prompt"], first["seed"]) == (None, None, "7")
    assert first["params"] == {"prompt": ["one", "two"]}
    assert (second["seed"], second["realism_score"]) == ("8", 80)


async def test_a_decorated_generator_is_one_attempt_to_its_last_step(logger: ImageGenerationLogger) -> None:
    @logger.logged(material="Oak", category="wood")
    def steps(seed: int) -> Any:
        yield 1
        assert logger.get_recent_attempts()[0]["status"] == "running"
        yield 2
        return 3

    @logger.logged(material="Oak", category="wood")
    async def steps_async(seed: int) -> Any:
        yield 1
        raise RuntimeError("no")

    assert list(steps(1)) == [1, 2]
    assert logger.get_recent_attempts()[0]["status"] == "done"
    unfinished = steps(2)
    next(unfinished)
    unfinished.close()
    assert logger.get_recent_attempts()[0]["status"] == "done"
    with pytest.raises(RuntimeError):
        assert [step async for step in steps_async(3)]
    assert logger.get_recent_attempts()[0]["error"] == "RuntimeError: no"


def test_a_value_that_can_not_be_read_costs_no_attempt(logger: ImageGenerationLogger) -> None:
    class Odd:
        def tolist(self) -> object:
            raise RuntimeError("no")

    class OddMapping(dict[str, int]):
        def items(self) -> Any:
            raise RuntimeError("no")

    with logger.attempt("Oak", "wood", params={"a": Odd(), "b": OddMapping(x=1), "c": 1}) as attempt:
        pass
    params = the(logger, attempt.id)["params"]
    assert params["c"] == 1
    assert "Odd" in params["a"]
