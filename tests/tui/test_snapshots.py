"""Pictures of every screen and state, compared with those that were looked at and found good.

After a change that is meant to be seen: pytest tests/tui/test_snapshots.py --snapshot-update, and look at them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from driver import settled, until
from pictures import drawn
from studio import studio as studio_log
from textual.pilot import Pilot

from imglearn import create_logger
from imglearn.records import Feedback
from imglearn.store import feedback
from imglearn.tui.app import ImglearnApp
from imglearn.tui.table import RecordTable

SIZES = [(140, 40), (100, 30), (80, 24)]

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


def keys_after_loading(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.app.workers.wait_for_complete()
        await settled(pilot)

    return run


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    path = tmp_path / "studio.db"
    shown = [
        ("Birch", "wood_hardwood", "imagen-4", 61),
        ("Birch", "wood_hardwood", "imagen-4", 70),
        ("Birch", "wood_hardwood", "imagen-4", 82),
        ("Steel", "metal_ferrous", "flux-2", 78),
        ("Titanium Alloy (Ti-6Al-4V)", "metal_nonferrous", "flux-2", 88),
        ("漢字 Ceramic", "ceramic", None, 40),
        ("Nylon", "polymer", "flux-2", None),
    ]
    applied = {
        "feedback_text": "Dust should settle in low points and crevices, not float in mid-air.",
        "feedback_category": "physics",
        "feedback_source": "user",
    }
    with create_logger(path) as logger:
        parent = None
        for place, (material, category, model, score) in enumerate(shown):
            retry = 0 < place < 3
            passed = score is None or score >= 75
            record = {
                "id": f"{place:08x}-studio",
                "timestamp": f"2025-11-25T22:5{place}:00Z",
                "material": material,
                "category": category,
                "model": model,
                "parent_id": parent if retry else None,
                "realism_score": score,
                "validator_error": "time-out after 30 s" if score is None else None,
                "guidance_scale": 7.5,
                "seed": 2**63 + place,
                "params": {"steps": 30},
                "patterns_used": ["dust", "dirt"],
                "gen_prompt_length": 3200 + place,
                "val_truncated": place == 1,
                "physics_issues": [] if passed else ["Dust floats in mid-air", f"Issue {place}"],
                "prompt": f"A photograph of {material}, half of it cleaned.",
            }
            parent = logger.log_record(record | (applied if retry else {}))
        feedback.add_many(
            logger.store,
            [
                Feedback(
                    id="r1",
                    timestamp="2025-11-25T23:00:00.000000Z",
                    text="The dust looks like snow.",
                    attempt_id="00000002-studio",
                    author="Kim",
                    feedback_category="contamination",
                    material="Birch",
                )
            ],
        )
    return path


@pytest.mark.parametrize("size", SIZES)
def test_the_main_screen(studio: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ImglearnApp(studio), terminal_size=size, run_before=keys_after_loading())


@pytest.mark.parametrize("size", SIZES)
def test_a_retry_in_full(studio: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = keys_after_loading("G", "k", "k", "enter")
    assert snap_compare(ImglearnApp(studio), terminal_size=size, run_before=keys)


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chain of retries with pictures, the last of them missing."""
    monkeypatch.chdir(tmp_path)
    Path("first.png").write_bytes(drawn(320, 320))
    Path("second.png").write_bytes(drawn(320, 200, mode="RGBA"))
    shown = [("first.png", 61, None), ("second.png", 70, "first"), ("lost/third.png", 82, "second")]
    dust = ["floats in mid-air over", "settles in low points of", "settles in low points and crevices of"]
    with create_logger("gallery.db") as logger:
        for place, (file, score, parent) in enumerate(shown):
            logger.log_record(
                {
                    "id": ("first", "second", "third")[place],
                    "timestamp": f"2025-11-25T22:5{place}:00Z",
                    "material": "Birch",
                    "category": "wood_hardwood",
                    "model": "imagen-4",
                    "parent_id": parent,
                    "realism_score": score,
                    "seed": 7,
                    "params": {"steps": 20 + 10 * place, "lora": {"name": "dust", "weight": 0.5 + place / 10}},
                    "prompt": f"A photograph of a birch log, half of it cleaned. Dust {dust[place]} the table.",
                    "physics_issues": [["Dust floats in mid-air", "Edge too sharp"], ["Edge too sharp"], []][place],
                    "image_path": file,
                    **({"feedback_text": "Dust should settle.", "feedback_source": "user"} if place else {}),
                }
            )
    return Path("gallery.db")


@pytest.mark.parametrize("size", SIZES)
def test_an_attempt_with_its_picture(gallery: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = keys_after_loading("G", *([] if size == (140, 40) else ["enter"]))
    assert snap_compare(ImglearnApp(gallery), terminal_size=size, run_before=keys)


@pytest.mark.parametrize("size", SIZES)
def test_what_a_retry_changed(gallery: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = keys_after_loading("j", "enter", "z", *["j"] * 12)
    assert snap_compare(ImglearnApp(gallery), terminal_size=size, run_before=keys)


@pytest.mark.parametrize("size", SIZES)
def test_an_attempt_whose_picture_is_missing(gallery: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ImglearnApp(gallery), terminal_size=size, run_before=keys_after_loading("enter"))


@pytest.mark.parametrize("size", SIZES)
def test_the_menu_of_what_is_copied(gallery: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ImglearnApp(gallery), terminal_size=size, run_before=keys_after_loading("y"))


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_over_the_whole_screen(gallery: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ImglearnApp(gallery), terminal_size=size, run_before=keys_after_loading("j", "v"))


def test_a_picture_without_colours(gallery: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    keys = keys_after_loading("G", "enter")
    assert snap_compare(ImglearnApp(gallery), terminal_size=(80, 24), run_before=keys)


@pytest.mark.parametrize("size", SIZES)
def test_a_category(studio: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ImglearnApp(studio), terminal_size=size, run_before=keys_after_loading("2", "5"))


@pytest.mark.parametrize("size", SIZES)
def test_a_search(studio: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = keys_after_loading("slash", *"dust", "enter")
    assert snap_compare(ImglearnApp(studio), terminal_size=size, run_before=keys)


@pytest.mark.parametrize("pane", ["2", "3"])
def test_the_summaries_on_a_small_terminal(studio: Path, snap_compare: Compare, pane: str) -> None:
    assert snap_compare(ImglearnApp(studio), terminal_size=(80, 24), run_before=keys_after_loading(pane))


@pytest.mark.parametrize("size", SIZES)
def test_an_empty_log(tmp_path: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    path = tmp_path / "empty.db"
    create_logger(path).close()
    assert snap_compare(ImglearnApp(path), terminal_size=size, run_before=keys_after_loading())


@pytest.mark.parametrize("size", SIZES)
def test_a_newer_database(
    snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with create_logger("newer.db") as logger:
        logger.store.execute("PRAGMA user_version = 9")
    assert snap_compare(ImglearnApp(Path("newer.db")), terminal_size=size, run_before=keys_after_loading())


@pytest.fixture
def weeks(tmp_path: Path) -> Path:
    """Two weeks of three categories and two models, one of which gets better."""
    path = tmp_path / "weeks.db"
    with create_logger(path) as logger:
        for day in range(14):
            for number, (category, model) in enumerate([("wood", "flux-2"), ("metal", "imagen-4"), ("漢字", "flux-2")]):
                for place in range(1 + number):
                    score = min(100, 40 + 5 * day if number == 0 else 50 + (day * 7 + place * 31) % 45)
                    fed = place % 2 == 1
                    logger.log_record(
                        {
                            "id": f"{day:02}-{number}-{place}",
                            "timestamp": f"2025-11-{day + 1:02}T{8 + place:02}:00:00Z",
                            "material": "Birch",
                            "category": category,
                            "model": model,
                            "realism_score": score,
                            "physics_issues": []
                            if score >= 75
                            else ["Dust floats in mid-air", "Edge too sharp"][: 1 + place],
                            "feedback_applied": fed,
                            "feedback_text": f"Dust should settle, {['low', 'deep', 'flat'][number]} and slow."
                            if fed
                            else None,
                            "feedback_category": "physics" if fed else None,
                        }
                    )
    return path


VIEWS = {
    "trends": "t",
    "trends by category": "tdj",
    "categories": "c",
    "models": "m",
    "violations": "i",
    "the feedback library": "b",
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view(weeks: Path, snap_compare: Compare, view: str, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in VIEWS[view]:
            await pilot.press(key)
            await settled(pilot)

    assert snap_compare(ImglearnApp(weeks), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["a", "n", "m"])
def test_what_is_learned(tmp_path: Path, snap_compare: Compare, key: str, size: tuple[int, int]) -> None:
    path = tmp_path / "studio.db"
    with create_logger(path) as logger:
        logger.log_many(studio_log(300))

    assert snap_compare(ImglearnApp(path), terminal_size=size, run_before=keys_after_loading(key))


@pytest.mark.alerts
@pytest.mark.parametrize("size", SIZES)
def test_what_got_worse(tmp_path: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    path = tmp_path / "studio.db"
    with create_logger(path) as logger:
        logger.log_many(studio_log(150, feedback=False))
        for place in range(5):
            broken = {"material": "wood 1", "category": "wood", "model": "anvil", "validator_error": "quota"}
            logger.log_record({**broken, "id": f"late{place}", "timestamp": f"2026-03-08T10:0{place}:00Z"})

    async def run(pilot: Pilot[Any]) -> None:
        await keys_after_loading()(pilot)
        await until(lambda: pilot.app.screen.query_one("#alert").display, pilot)
        await keys_after_loading("exclamation_mark")(pilot)
        await until(lambda: pilot.app.screen.query_one("#alerts", RecordTable).rows, pilot)
        await settled(pilot)

    assert snap_compare(ImglearnApp(path), terminal_size=size, run_before=run)


STATES = {
    "a remark is written": ["f", *"dust"],
    "the inbox": ["6"],
    "columns to sort by": ["s"],
    "sorted by score": ["s", "o"],
    "retries folded": ["r"],
    "paused": ["space"],
    "what can be written": ["w"],
    "a name for a filter": ["slash", *"birch", "enter", "S"],
    "completions": ["slash", *"mo"],
    "a bad filter": ["slash", *"score:high"],
    "the palette": ["colon"],
    "letters to jump": ["apostrophe"],
    "a key looked for": ["question_mark", "slash", *"fold"],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_a_state(studio: Path, snap_compare: Compare, state: str, size: tuple[int, int]) -> None:
    keys = [{":": "colon", " ": "space", ".": "full_stop"}.get(key, key) for key in STATES[state]]
    app = ImglearnApp(studio, state_folder=studio.parent / "state")
    assert snap_compare(app, terminal_size=size, run_before=keys_after_loading(*keys))


@pytest.mark.parametrize("theme", ["imglearn-light", "ansi-dark"])
def test_a_theme(studio: Path, snap_compare: Compare, theme: str) -> None:
    app = ImglearnApp(studio, theme_name=theme)
    assert snap_compare(app, terminal_size=(140, 40), run_before=keys_after_loading())


def test_no_match(studio: Path, snap_compare: Compare) -> None:
    keys = keys_after_loading("slash", *"xyzzy")
    assert snap_compare(ImglearnApp(studio), terminal_size=(140, 40), run_before=keys)


def test_the_help(studio: Path, snap_compare: Compare) -> None:
    assert snap_compare(ImglearnApp(studio), terminal_size=(140, 40), run_before=keys_after_loading("question_mark"))


def test_without_colours(studio: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(ImglearnApp(studio), terminal_size=(140, 40), run_before=keys_after_loading())
