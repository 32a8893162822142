"""The log as an Optuna study."""

from __future__ import annotations

from pathlib import Path

import pytest

from imglearn.learning.study import StudyError
from imglearn.logger import ImageGenerationLogger


def test_a_study_has_the_attempts_as_trials(studio_log: ImageGenerationLogger, tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna")
    storage = f"sqlite:///{tmp_path}/study.db"
    name, count = studio_log.export_study("wood", storage)
    study = optuna.load_study(study_name=name, storage=storage)
    attempts = studio_log.get_recent_attempts(None, category="wood")
    assert len(study.trials) == count == len(attempts)
    assert study.best_value == max(one["realism_score"] for one in attempts)
    trial = next(one for one in study.trials if one.user_attrs["attempt"] == attempts[0]["id"])
    assert trial.value == attempts[0]["realism_score"]
    assert trial.params["guidance_scale"] == attempts[0]["guidance_scale"]
    assert trial.params["steps"] == attempts[0]["params"]["steps"]
    used = {key.removeprefix("patterns_used: ") for key, value in trial.params.items() if value is True}
    assert used == set(attempts[0]["patterns_used"])
    assert not {"seed", "width"} & set(trial.params)
    asked = study.ask()
    assert 2 <= asked.suggest_float("guidance_scale", 2, 14) <= 14
    with pytest.raises(StudyError, match="already"):
        studio_log.export_study("wood", storage)


def test_what_can_not_be_written_is_said(studio_log: ImageGenerationLogger, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    with pytest.raises(StudyError, match="no attempt in tin"):
        studio_log.export_study("tin", f"sqlite:///{tmp_path}/study.db")
    with pytest.raises(StudyError, match="can't be written"):
        studio_log.export_study("wood", "nonsense://x")


def test_without_optuna_a_line_says_what_to_install(
    studio_log: ImageGenerationLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(StudyError, match=r"pip install 'imglearn\[optuna\]'"):
        studio_log.export_study("wood", "sqlite:///x.db")
