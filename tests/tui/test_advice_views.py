"""The views whose answers are learned: what they show, of which attempts, and that they never hold the app up."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from driver import Driver, OpenApp, settled
from studio import ISSUE, TEXT, Break, studio
from support import HOSTILE

from imglearn.logger import ImageGenerationLogger
from imglearn.tui.alert_bar import AlertBar
from imglearn.tui.remembered import Remembered
from imglearn.tui.table import RecordTable
from imglearn.tui.views import trends
from imglearn.tui.views.learned import LearnedView
from imglearn.tui.views.models import ModelsView


async def open_view(driver: Driver, key: str) -> LearnedView:
    await driver.press(key)
    await driver.until(lambda: isinstance(driver.app.screen.view, LearnedView))  # type: ignore[attr-defined]
    view: LearnedView = driver.app.screen.view  # type: ignore[attr-defined]
    await driver.until(lambda: view.is_known and not view._is_learning)
    return view


def rows(driver: Driver, selector: str) -> list[Any]:
    return list(driver.app.screen.query_one(selector, RecordTable).rows)


def held(monkeypatch: pytest.MonkeyPatch, view: type[LearnedView]) -> threading.Event:
    """Let a view learn only while the event is set."""
    let_go = threading.Event()
    learn = view.learn_from

    def slowly(self: Any, past: Any, subject: Any) -> Any:
        let_go.wait(20)
        return learn(self, past, subject)

    monkeypatch.setattr(view, "learn_from", slowly)
    return let_go


@pytest.fixture
def log(logger: ImageGenerationLogger) -> ImageGenerationLogger:
    logger.log_many(studio(500, breaks=(Break(0.6, "bellows", -20.0),)))
    return logger


async def test_advice_on_the_attempt_that_is_shown(log: ImageGenerationLogger, open_app: OpenApp) -> None:
    failed = next(one for one in log.get_recent_attempts(None) if one["physics_issues"])
    async with open_app() as driver:
        while driver.table().row.id != failed["id"]:
            await driver.press("j")
        await open_view(driver, "a")
        said = driver.screen_text()
        assert f"Settings for the next attempt · {failed['category']}" in said
        assert f"What fixed this before · {ISSUE}" in said
        assert "Expected score" in said
        assert "width (1024" in said
        assert rows(driver, "#fixes")[0].text == TEXT["physics"]
        assert {row.param for row in rows(driver, "#settings")} >= {"guidance_scale", "patterns_used", "steps"}
        await driver.press("tab", "tab", "enter")  # the attempt that it helped most
        best = rows(driver, "#fixes")[0].examples[0]
        await driver.until(lambda: driver.app.screen.view is None and best in driver.screen_text())  # type: ignore[attr-defined]


async def test_advice_is_on_another_attempt_when_opened_again(log: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app() as driver:
        first = await open_view(driver, "a")
        before = first.subject
        await driver.press("escape", "j", "j")
        again = await open_view(driver, "a")
        assert again is first
        assert again.subject == driver.table().row.id != before


async def test_what_matters(log: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app() as driver:
        await open_view(driver, "n")
        assert {row.param for row in rows(driver, "#importance")[:2]} == {"guidance_scale", "patterns_used"}
        assert [row.name for row in rows(driver, "#correlations")][:3] == ["realism_score", "passed", "issues"]
        said = driver.screen_text()
        assert "500 of 500 attempts are learned from" in " ".join(said.split())
        assert "never varied" in said


async def test_views_that_learn_obey_the_filter_and_are_live(log: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app() as driver:
        await open_view(driver, "n")
        await driver.press("slash", *"category:wood", "enter")
        count = log.get_hygiene(category="wood")["attempts"]
        await driver.until(lambda: f"{count} of {count} attempts" in " ".join(driver.screen_text().split()))
        log.log_record({"material": "wood 1", "category": "wood", "realism_score": 80})
        await driver.until(lambda: f"{count + 1} of {count + 1} attempts" in " ".join(driver.screen_text().split()))


async def test_what_feedback_does_stands_beside_how_its_attempts_went(
    log: ImageGenerationLogger, open_app: OpenApp
) -> None:
    async with open_app() as driver:
        await open_view(driver, "b")
        verdicts = {row.pattern.category: row.effect.verdict for row in rows(driver, "#kinds")}
        assert verdicts["physics"] == "helps"
        assert verdicts["angle"] == "harms"
        assert "What it does to the retries that get it" in driver.screen_text()


async def test_pairs_of_models(log: ImageGenerationLogger, open_app: OpenApp) -> None:
    async with open_app() as driver:
        await open_view(driver, "m")
        (pair,) = rows(driver, "#pairs")
        assert {pair.a, pair.b} == {"anvil", "bellows"}
        assert pair.verdict == log.compare_models()["pairs"][0]["verdict"]
        assert "until 2026" in driver.screen_text()


async def test_a_pair_tells_its_categories_and_lists_its_attempts(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    for place in range(120):
        model = ("anvil", "bellows", "crucible")[place % 3]
        category = ("wood", "stone")[place // 3 % 2]
        score = 60 + place * 7 % 10 + (20 if (model, category) == ("bellows", "stone") else 0)
        logger.log_attempt(f"oak {place}", category, {"model": model}, {"realism_score": score})
    compared = {(pair["a"], pair["b"]): pair for pair in logger.compare_models()["pairs"]}
    async with open_app() as driver:
        await open_view(driver, "m")
        await driver.press("tab")
        for pair in rows(driver, "#pairs"):
            assert f"difference: {pair.a} - {pair.b}" in driver.screen_text()
            within = rows(driver, "#models-within")
            told = {row.category: row.difference for row in within if row.outcomes.model == pair.a}
            assert {name: found.estimate for name, found in told.items()} == {
                found["category"]: found["estimate"] for found in compared[pair.a, pair.b]["by_category"]
            }
            assert all(row.difference is None for row in within if row.outcomes.model != pair.a)
            await driver.press("j")
        await driver.press("enter")
        await driver.until(lambda: len(driver.ids()) == 80)
        assert {row.model for row in driver.table().rows} == {pair.a, pair.b}


async def test_a_parameter_lists_the_attempts_that_have_it(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for place in range(60):
        knobs = {"steps": 20 + place % 3, **({"hires": place % 2 == 0} if place < 40 else {})}
        score = 60 + 5 * (place % 3)
        logger.log_record({"material": f"{place}", "category": "wood", "params": knobs, "realism_score": score})
    async with open_app() as driver:
        await open_view(driver, "n")
        assert "List" in driver.screen_text().splitlines()[-1]
        while driver.app.screen.view.pointed.param != "hires":  # type: ignore[attr-defined]
            await driver.press("j")
        await driver.press("enter")
        await driver.until(lambda: len(driver.ids()) == 40)
        await driver.press("escape", "tab")  # the heat map leads nowhere, and no key says that it did
        await settled(driver.pilot)
        assert not {"Open", "List"} & set(driver.screen_text().splitlines()[-1].split())
        await driver.press("enter")
        assert driver.app.screen.view is not None  # type: ignore[attr-defined]


async def test_pairs_of_another_filter_tell_no_categories(
    log: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as driver:
        await open_view(driver, "m")
        assert any(row.difference for row in rows(driver, "#models-within"))
        let_go = held(monkeypatch, ModelsView)
        await driver.pilot.press("slash", *"category:wood", "enter")
        await driver.until(lambda: {row.category for row in rows(driver, "#models-within")} == {"wood"})
        assert not any(row.difference for row in rows(driver, "#models-within"))
        let_go.set()
        await driver.until(lambda: any(row.difference for row in rows(driver, "#models-within")))


async def test_a_setting_lists_the_attempts_that_had_it(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    for place in range(60):
        knobs = {"hires": place % 2 == 0, "steps": ("20", "40")[place // 2 % 2], "lora": {"weight": place % 3}}
        score = 50 + 10 * knobs["hires"] + place % 5
        logger.log_record(
            {"material": "oak", "category": "wood", "params": knobs, "patterns_used": [("dust", "rust")[place % 2]],
             "guidance_scale": 7.5, "realism_score": score, "id": f"{place}"}
        )  # fmt: skip
    async with open_app() as driver:
        await open_view(driver, "a")
        settings = list(rows(driver, "#settings"))
        assert {row.param for row in settings} >= {"hires", "steps", "lora.weight", "patterns_used"}
        for place, setting in enumerate(settings):
            await driver.press(*["j"] * place, "enter")
            await driver.until(lambda: driver.app.screen.view is None and driver.app.screen.asked.terms)  # type: ignore[attr-defined]
            await settled(driver.pilot)
            with_it = {row.id for row in driver.table().rows}
            told = {one["id"]: one for one in logger.get_recent_attempts(None)}
            assert with_it == {id for id, one in told.items() if had(one, setting.param, setting.value)}, setting.param
            assert with_it
            await driver.press("escape")
            view = driver.app.screen.view  # type: ignore[attr-defined]
            await driver.until(lambda view=view: view.is_known and rows(driver, "#settings"))
            await driver.press("g")


def had(attempt: dict[str, Any], param: str, value: str) -> bool:
    """Return whether an attempt had a setting, told in words."""
    if param == "patterns_used":
        return set(attempt[param]) >= set(value.split(", "))
    found: Any = {**attempt, **attempt["params"]}
    for name in param.split("."):
        found = found[name]
    return str(found).lower() == value


@pytest.mark.parametrize("size", [(140, 40), (80, 24)])
async def test_changes_are_marked_on_the_trends_and_told_below(
    log: ImageGenerationLogger, open_app: OpenApp, size: tuple[int, int]
) -> None:
    (change,) = log.get_change_points()
    async with open_app(size=size) as driver:
        await open_view(driver, "t")
        (row,) = rows(driver, "#changes")
        assert (row.name, row.attempt_id) == ("bellows", change["attempt_id"])
        said = driver.screen_text()
        assert said.count("▼") == (2 if size[0] == 140 else 1)  # of each plot
        assert "same mix" in said
        assert "with the usual mix" in said
        await driver.press("d", "d")  # by model: the change is of one of the two
        view = driver.app.screen.view  # type: ignore[attr-defined]
        await driver.until(lambda: [line.title for line in rows(driver, "#lines")] == ["bellows", "anvil"])
        await driver.until(lambda: "· bellows" in driver.screen_text() and "▼" in driver.screen_text())
        view.query_one("#lines").focus()
        await driver.press("j")
        await driver.until(lambda: "· anvil" in driver.screen_text() and "▼" not in driver.screen_text())
        await driver.press("d")
        await driver.until(lambda: "by day" in driver.screen_text() and "▼" in driver.screen_text())
        view.query_one("#changes").focus()
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen.view is None)  # type: ignore[attr-defined]
        await driver.until(lambda: change["attempt_id"] in driver.screen_text())


async def test_trends_show_no_change_of_another_filter(
    log: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = held(monkeypatch, trends.TrendsView)
    let_go.set()
    async with open_app() as driver:
        await open_view(driver, "t")
        assert "▼" in driver.screen_text()
        let_go.clear()
        await driver.pilot.press("slash", *"model:anvil", "enter")
        await driver.until(lambda: "all that match" in driver.screen_text())
        said = driver.screen_text()
        assert "▼" not in said
        assert "bellows" not in said
        assert "same mix" not in said
        let_go.set()
        await driver.until(lambda: "None that is clear beyond luck" in driver.screen_text())


async def test_an_encoder_that_is_broken_leaves_the_settings(
    log: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imglearn.learning import likeness
    from imglearn.learning.sentence_encoder import EncoderError

    def broken() -> None:
        raise EncoderError("the sentence encoder can't be read")

    monkeypatch.setattr(likeness, "sentence_encoder", broken)
    failed = next(one for one in log.get_recent_attempts(None) if one["physics_issues"])
    async with open_app() as driver:
        while driver.table().row.id != failed["id"]:
            await driver.press("j")
        await open_view(driver, "a")
        assert "the sentence encoder can't be read" in driver.screen_text()
        assert rows(driver, "#settings")


async def test_the_heat_map_has_a_column_for_each_variable_and_no_more(
    log: ImageGenerationLogger, open_app: OpenApp
) -> None:
    async with open_app() as driver:
        await open_view(driver, "n")
        variables = len(rows(driver, "#correlations"))
        (head,) = (part for line in driver.screen_text().splitlines() for part in line.split("│") if "variable" in part)
        numbers = [int(number) for number in head.split()[1:]]
        assert numbers == list(range(1, variables))


async def test_trends_say_when_there_is_too_little_for_a_change(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    logger.log_many(studio(30, feedback=False))
    async with open_app() as driver:
        await open_view(driver, "t")
        assert "40 are needed to see one" in driver.screen_text()
        logger.log_many([{**one, "id": f"more-{one['id']}", "parent_id": None} for one in studio(60, seed=3)])
        await driver.until(lambda: "None that is clear beyond luck" in driver.screen_text())
        await driver.press("slash", *"result:fail", "enter")
        await driver.until(lambda: "chosen by" in driver.screen_text())


@pytest.mark.parametrize("key", ["a", "n", "b", "m", "t"])
async def test_an_empty_and_a_tiny_log(logger: ImageGenerationLogger, open_app: OpenApp, key: str) -> None:
    logger.log_record({"material": "Oak", "category": "wood"})
    async with open_app() as driver:
        await driver.press(key)
        await driver.until(lambda: "Working it out" not in driver.screen_text())
        logger.log_many(studio(12))
        await driver.until(lambda: "13 attempts" in driver.screen_text())


@pytest.mark.parametrize("key", ["a", "n", "b", "m", "t"])
async def test_hostile_names(logger: ImageGenerationLogger, open_app: OpenApp, key: str) -> None:
    records = studio(120)
    for place, record in enumerate(records):
        bad = HOSTILE[place % 8]
        record |= {"category": bad, "material": bad, "model": bad, "params": {bad: place % 3}, "physics_issues": [bad]}
        if record.get("feedback_text"):
            record |= {"feedback_text": bad, "feedback_category": bad}
    logger.log_many(records)
    async with open_app() as driver:
        await open_view(driver, key)
        assert not {"\x1b", "\x9b", "\u202e"} & set(driver.screen_text())


async def test_learning_never_holds_the_app_up(
    log: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imglearn.tui.views import learned, matters

    monkeypatch.setattr(learned, "REST", 0.01)
    let_go = held(monkeypatch, matters.MattersView)
    async with open_app() as driver:
        await driver.pilot.press("n")
        await driver.until(lambda: "Working it out" in driver.screen_text())
        await driver.pilot.press("escape", "j", "n")
        assert "Working it out" in driver.screen_text()
        log.log_record({"id": "new", "material": "wood 1", "category": "wood", "realism_score": 80})
        await driver.until(lambda: "501 attempts" in driver.screen_text())
        let_go.set()
        await driver.until(lambda: "501 of 501 attempts" in " ".join(driver.screen_text().split()))


def log_errors(logger: ImageGenerationLogger) -> None:
    for place in range(5):
        broken = {"material": "wood 1", "category": "wood", "model": "anvil", "validator_error": "quota"}
        logger.log_record({**broken, "id": f"late{place}"})


@pytest.mark.alerts
async def test_what_gets_worse_is_told_until_it_was_seen(logger: ImageGenerationLogger, open_app: OpenApp) -> None:
    logger.log_many(studio(150, feedback=False))
    async with open_app() as driver:
        bar = driver.app.screen.query_one("#alert")
        assert not bar.display
        log_errors(logger)
        await driver.until(lambda: bar.display and "ended in errors" in driver.screen_text())
        await driver.pilot.click("#alert")
        await driver.until(lambda: bool(driver.app.screen.query("#watched")) and bool(rows(driver, "#alerts")))
        newest = rows(driver, "#alerts")[0]
        assert newest.kind == "errors"
        assert {row.kind for row in rows(driver, "#watched")} == {"errors", "score"}
        await driver.press("s")
        assert not bar.display
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen.view is None and newest.attempt_id in driver.screen_text())  # type: ignore[attr-defined]


@pytest.mark.alerts
async def test_attempts_that_end_in_errors_are_told_as_they_end(
    logger: ImageGenerationLogger, open_app: OpenApp
) -> None:
    """A loop that dies logs nothing new: its attempts were there already, running."""
    logger.log_many(studio(150, feedback=False))
    broken = {"material": "wood 1", "category": "wood", "model": "anvil", "status": "running"}
    ids = [logger.log_record({**broken, "id": f"late{place}"}) for place in range(5)]
    async with open_app() as driver:
        bar = driver.app.screen.query_one(AlertBar)
        await driver.until(lambda: bar._outcomes is not None and not bar._is_waiting)
        assert not bar.display
        for id in ids:
            logger.store.execute(
                "UPDATE generation_attempts SET status = 'error', validator_error = 'quota' WHERE id = ?", (id,)
            )
        await driver.until(lambda: bar.display and "ended in errors" in driver.screen_text())


@pytest.mark.alerts
@pytest.mark.parametrize("bell", ["1", "0"])
async def test_the_bell_rings_once_where_it_is_wanted(
    logger: ImageGenerationLogger, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, bell: str
) -> None:
    monkeypatch.setenv("IMGLEARN_BELL", bell)
    logger.log_many(studio(150, feedback=False))
    async with open_app() as driver:
        rung: list[bool] = []
        monkeypatch.setattr(driver.app, "bell", lambda: rung.append(True))
        log_errors(logger)
        bar = driver.app.screen.query_one(AlertBar)
        await driver.until(lambda: bar.display)
        logger.log_record({"material": "wood 1", "category": "wood", "model": "anvil", "validator_error": "quota"})
        await driver.until(
            lambda: (
                bar._wanted is not None
                and bar._wanted[0] == 156
                and bar._outcomes == bar._wanted
                and not bar._is_waiting
            )
        )
        assert rung == ([True] if bell == "1" else [])


@pytest.mark.alerts
async def test_what_was_seen_is_not_told_again(
    logger: ImageGenerationLogger, open_app: OpenApp, tmp_path: Path
) -> None:
    logger.log_many(studio(150, feedback=False))
    log_errors(logger)
    (alert,) = logger.check_alerts()
    Remembered.add(tmp_path / "state", seen_alerts=[alert["id"]])
    async with open_app() as driver:
        bar = driver.app.screen.query_one(AlertBar)
        await driver.until(lambda: bar.current)
        assert not bar.display
    assert Remembered.load(tmp_path / "state").seen_alerts == [alert["id"]]
