from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pictures import png

from imglearn.intake import new_attempt
from imglearn.logger import ImageGenerationLogger
from imglearn.store import images
from imglearn.store.database import Store
from imglearn.store.images import Arrival

SHA = "ab" * 32


def arrival(sha256: str = SHA, path: str = "/out/a.png", **fields: object) -> Arrival:
    given = {"material": "unsorted", "category": "out", "image_size_kb": 2.0, **fields}
    new = new_attempt({**given, "id": images.content_id(sha256), "image_sha256": sha256, "image_path": path})
    return Arrival(new, frozenset(fields))


def test_whoever_logs_an_image_it_is_one_attempt(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: images.log(Store.open(store.path), [arrival()])[0], range(8)))
    assert sorted(one.event for one in done) == ["known"] * 7 + ["logged"]
    assert images.known(store, [SHA, "cd"]) == {SHA: images.Known(images.content_id(SHA), "/out/a.png")}


@pytest.mark.parametrize(
    ("path", "size", "is_completed"),
    [
        ("/out/a.png", 2.0, True),
        ("/out/a.png", None, True),
        ("/out/a.png", 3.0, False),
        ("out/a.png", 2.0, True),
        ("out/a.png", None, False),
        ("/elsewhere/out/a.png", 2.0, False),
        ("ut/a.png", 2.0, False),
    ],
)
def test_an_attempt_of_the_same_path_without_a_hash_is_completed(
    logger: ImageGenerationLogger, path: str, size: float | None, is_completed: bool
) -> None:
    id = logger.log_attempt("Oak", "wood", {}, {}, image_metadata={"path": path, "size_kb": size})
    guess = {"watch": {"guessed": ["category", "material"]}}
    (done,) = images.log(logger.store, [arrival(extra=guess)])
    assert done.attempt.extra == (None if is_completed else guess)
    assert (done.event, done.attempt.id == id) == (("completed" if is_completed else "logged"), is_completed)
    assert images.log(logger.store, [arrival()])[0].event == "known"


def test_only_what_is_unknown_or_guessed_is_filled_in(store: Store) -> None:
    guess = {"extra": {"watch": {"guessed": ["category", "material"]}}, "params": {"steps": 28}, "model": "v1-5"}
    images.log(store, [arrival(**guess)])
    id = images.content_id(SHA)
    later = arrival(material="Oak", model="other", params={"steps": 1, "eta": 2}, realism_score=82, notes="n")
    assert set(images.fill_in(store, id, *later)) == {"material", "params", "realism_score", "passed", "notes", "extra"}
    (done,) = images.log(store, [arrival(material="Birch", category="wood", realism_score=3, passed=False)])
    ours = done.attempt
    assert (ours.material, ours.category, ours.model, ours.realism_score, ours.passed) == (
        "Oak",
        "wood",
        "v1-5",
        82,
        True,
    )
    assert (ours.params, ours.extra) == ({"steps": 28, "eta": 2}, None)
    assert images.would_contradict(store, id, *arrival(realism_score=3))
    assert not images.would_contradict(store, id, *arrival(realism_score=82, failure_category="x"))
    assert images.would_contradict(store, "nobody", *arrival())


def test_an_attempt_that_says_which_image_is_its_own_is_the_only_one(store: Store, tmp_path: Path) -> None:
    logger = ImageGenerationLogger(store)
    for judged in (False, True):
        image = tmp_path / f"{judged}.png"
        image.write_bytes(png(int(judged)))
        sha256 = hashlib.sha256(png(int(judged))).hexdigest()
        with logger.attempt("Birch", "wood") as attempt:
            new = new_attempt({"material": "unsorted", "category": "out", "id": images.content_id(sha256),
                               "image_path": str(image), "image_sha256": sha256})  # fmt: skip
            images.log(store, [images.Arrival(new)])
            if judged:
                logger.add_feedback("Nice.", images.content_id(sha256))
            attempt.image(image)
        assert (logger.get_attempt(images.content_id(sha256)) is not None) is judged
        assert logger.get_attempt(attempt.id)["image_sha256"] == sha256  # type: ignore[index]


@pytest.mark.parametrize("judged", [False, True])
def test_an_attempt_logged_with_the_path_of_an_image_takes_over_what_a_watch_knows(store: Store, judged: bool) -> None:
    logger = ImageGenerationLogger(store)
    images.log(store, [arrival(prompt="a hut", params={"steps": 28}, extra={"watch": {"guessed": ["material"]}})])
    if judged:
        logger.add_feedback("Nice.", images.content_id(SHA))
    id = logger.log_attempt("Oak", "wood", {"eta": 1}, {"realism_score": 80}, image_metadata={"path": "/out/a.png"})
    found = logger.get_attempt(id)
    assert found is not None
    assert (found["material"], found["realism_score"], found["extra"]) == ("Oak", 80, None)
    if judged:  # what was said of it stays where it is
        assert (found["prompt"], len(logger.get_recent_attempts())) == (None, 2)
    else:
        assert (found["prompt"], found["params"], found["image_sha256"]) == ("a hut", {"steps": 28, "eta": 1}, SHA)
        assert len(logger.get_recent_attempts()) == 1
        assert images.log(store, [arrival()])[0].event == "known"


def test_an_image_that_moved_takes_its_attempt_along(store: Store, tmp_path: Path) -> None:
    (tmp_path / "here.png").touch()
    images.log(store, [arrival(path=str(tmp_path / "here.png"))])
    assert images.log(store, [arrival(path="/out/copy.png")])[0].event == "known"
    (tmp_path / "here.png").unlink()
    (done,) = images.log(store, [arrival(path="/out/moved.png")])
    assert (done.event, done.attempt.image_path) == ("moved", "/out/moved.png")


def test_nothing_that_is_asked_for_an_image_scans_the_attempts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, object]] = []
    execute = Store.execute

    def noted(store: Store, sql: str, parameters: object = ()) -> object:
        asked.append((sql, parameters))
        return execute(store, sql, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "execute", noted)
    images.log(store, [arrival()])
    images.log(store, [arrival(notes="n")])
    list(images.with_hash(store))
    images.move(store, [(images.content_id(SHA), "/x.png")])
    monkeypatch.undo()
    for sql, parameters in asked:
        if sql.startswith(("SELECT", "UPDATE generation")) and "LIMIT 0" not in sql:
            plan = [row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]  # type: ignore[arg-type]
            assert not [step for step in plan if step.startswith("SCAN generation") and "USING INDEX" not in step], (
                sql,
                plan,
            )
