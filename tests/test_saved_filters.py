"""Filters by name: kept whole, by several processes at once, and never written over what can't be read."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imglearn.errors import InvalidRecordError, SettingsError
from imglearn.saved_filters import FILE, SavedFilters


@pytest.fixture
def saved(tmp_path: Path) -> SavedFilters:
    return SavedFilters(tmp_path / "state")


def test_a_filter_is_saved_replaced_and_forgotten(saved: SavedFilters) -> None:
    assert saved.all() == {}
    saved.save("wood", "category:wood since:2d")
    saved.save("@fails", "passed:no")
    saved.save("wood", "category:wood")
    assert list(saved.all().items()) == [("fails", "passed:no"), ("wood", "category:wood")]
    assert saved.get("@wood") == saved.get("wood") == "category:wood"
    saved.forget("wood")
    assert saved.all() == {"fails": "passed:no"}
    for ask in (saved.get, saved.forget):
        with pytest.raises(SettingsError, match="no filter is saved as 'wood'; there are: fails"):
            ask("wood")
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a b", "passed:no", "name: got 'a b'; wants letters"),
        ("", "passed:no", "name: got ''; wants letters"),
        ("../x", "passed:no", r"name: got '\.\./x'; wants letters"),
        ("x", "dust score:<abc", "filter: got 'score:<abc'; wants a number"),
        ("x", " ", "filter: got ' '; wants something to filter by"),
    ],
)
def test_what_makes_no_filter_is_not_saved(saved: SavedFilters, name: str, text: str, said: str) -> None:
    with pytest.raises(InvalidRecordError, match=said):
        saved.save(name, text)
    assert saved.all() == {}


@pytest.mark.parametrize("damage", ["", "{", '{"a": 3}', "[]", '{"a": "b"', "\xff"])
def test_a_damaged_file_is_told_and_never_written_over(saved: SavedFilters, damage: str) -> None:
    saved.save("wood", "category:wood")
    saved.path.write_text(damage, "latin-1")
    for ask in (saved.all, lambda: saved.get("wood"), lambda: saved.save("x", "dust"), lambda: saved.forget("wood")):
        with pytest.raises(SettingsError, match=r"filters\.json can't be read as saved filters .*; mend it"):
            ask()
    assert saved.path.read_text("latin-1") == damage


def test_a_folder_out_of_reach_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=f"{FILE} can't be"):
        SavedFilters(tmp_path / "file").save("x", "dust")


def test_none_is_lost_when_several_save_at_once(saved: SavedFilters) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: SavedFilters(saved.path.parent).save(f"f{number}", "dust"), range(40)))
    assert len(json.loads(saved.path.read_text())) == 40
