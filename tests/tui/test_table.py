from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen

from imglearn.tui.columns import Cell, Column
from imglearn.tui.row_painter import SortMark
from imglearn.tui.table import RecordTable
from imglearn.tui.window import Window


class Item(NamedTuple):
    key: str
    text: str = ""


COLUMNS = (
    Column[Item]("key", lambda item: Cell(item.key), 6),
    Column[Item]("text", lambda item: Cell(item.text, "strong"), 6, flex=1, priority=5),
    Column[Item]("extra", lambda item: Cell("e", "muted"), 6, right=True, priority=2),
)


class TableScreen(Screen[None]):
    COMPONENT_CLASSES = RecordTable.STYLES


class TableApp(App[None]):
    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.table = RecordTable(COLUMNS, lambda item: item.key, **options)
        self.heard: list[tuple[str, Any]] = []

    def get_default_screen(self) -> Screen[None]:
        return TableScreen()

    def compose(self) -> ComposeResult:
        yield self.table

    def on_record_table_highlighted(self, message: RecordTable.Highlighted) -> None:
        self.heard.append(("highlighted", message.row and message.row.key))

    def on_record_table_selected(self, message: RecordTable.Selected) -> None:
        self.heard.append(("selected", message.row.key))

    def lines(self) -> list[str]:
        return [self.table.render_line(y).text.rstrip() for y in range(self.table.size.height)]


def items(*keys: object) -> list[Item]:
    return [Item(str(key), f"text {key}") for key in keys]


async def test_rows_are_shown_under_their_titles() -> None:
    async with TableApp().run_test(size=(30, 6)) as pilot:
        pilot.app.table.show(items("a", "b"))  # type: ignore[attr-defined]
        assert pilot.app.lines()[:3] == [  # type: ignore[attr-defined]
            "key    text              extra",
            "a      text a                e",
            "b      text b                e",
        ]


async def test_a_column_that_says_nothing_makes_room_for_one_that_is_cut() -> None:
    app = TableApp()
    silent = Column[Item]("none", lambda item: Cell("·"), 6, priority=2)
    app.table = RecordTable((COLUMNS[0], COLUMNS[1]._replace(fit=20), silent), lambda item: item.key)
    async with app.run_test(size=(27, 5)):
        app.table.show([Item("a", "short")])
        assert app.lines()[0].split() == ["key", "text", "none"]
        app.table.show([Item("a", "a text of twenty cells")])
        assert app.lines()[0].split() == ["key", "text"]


async def test_columns_stand_still_while_rows_come_and_go() -> None:
    app = TableApp()
    app.table = RecordTable((COLUMNS[0]._replace(fit=20), COLUMNS[1]), lambda item: item.key)
    async with app.run_test(size=(40, 5)):
        app.table.show([Item("a key of some length")])
        wide = app.lines()[0]
        app.table.show([Item("short")])
        assert app.lines()[0] == wide
        app.table.show([Item("short")], anew=True)
        assert app.lines()[0] != wide


async def test_of_a_long_list_the_rows_near_the_reader_are_asked_for() -> None:
    app = TableApp()
    asked: list[tuple[int, int]] = []

    class Listening(TableApp):
        def on_record_table_wanted(self, message: RecordTable.Wanted) -> None:
            asked.append((message.start, message.end))
            self.table.show(Window(items(*range(message.start, message.end)), message.start, 1000))

    app = Listening()
    async with app.run_test(size=(40, 11)) as pilot:
        app.table.show(Window(items(*range(40)), 0, 1000))
        assert app.lines()[1].split()[0] == "0"
        await pilot.press("G")
        assert app.lines()[10].split()[0] == "999"
        assert app.table.row == Item("999", "text 999")
        assert app.heard[-1] == ("highlighted", "999")
        await pilot.press("pageup", "pageup", "pageup", "pageup", "pageup", "pageup")
        assert all(line.startswith("9") for line in app.lines()[1:])
        app.table.scroll_to(y=500, animate=False, immediate=True)
        await pilot.pause()
        assert app.lines()[1].split()[0] == "500"
        await pilot.press("g")
        assert app.lines()[1].split()[0] == "0"
        assert all(end - start < 100 for start, end in asked)


async def test_a_row_that_is_not_at_hand_yet_is_painted_as_such() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 11)) as pilot:
        app.table.show(Window(items(*range(40)), 0, 1000))
        await pilot.press("G")
        assert set(app.lines()[1:]) == {"…"}
        assert app.table.row is None
        await pilot.press("enter")
        assert ("selected", "999") not in app.heard


async def test_a_click_on_a_title_tells_which() -> None:
    app = TableApp()
    clicked: list[str] = []

    class Listening(TableApp):
        def on_record_table_title_clicked(self, message: RecordTable.TitleClicked) -> None:
            clicked.append(message.title)

    app = Listening()
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(items("a"))
        for x in (0, 8, 28):
            await pilot.click(app.table, offset=(x, 0))
        assert clicked == ["key", "text", "extra"]
        app.table.sorted_by = SortMark("text", descending=True)
        assert app.lines()[0].split() == ["key", "text↓", "extra"]


@pytest.mark.parametrize(
    ("width", "titles"),
    [(24, ["key", "text", "extra"]), (14, ["key", "text", "+1"]), (9, ["key", "+2"]), (5, ["key"])],
)
async def test_columns_that_do_not_fit_are_left_out_by_priority(width: int, titles: list[str]) -> None:
    app = TableApp()
    async with app.run_test(size=(width, 5)):
        app.table.show(items("a"))
        assert app.lines()[0].split() == titles


async def test_the_titles_tell_at_once_that_another_column_has_something_to_say() -> None:
    async with TableApp().run_test(size=(9, 6)) as pilot:
        for text, told in (("", "+1"), ("text", "+2")):
            pilot.app.table.show([Item("a", text)])  # type: ignore[attr-defined]
            await pilot.pause()
            titles = pilot.app.screen._compositor.render_strips()[0]  # as they were painted
            assert titles.text.split() == ["key", told]


async def test_the_highlighted_record_stays_where_it_is_while_rows_arrive_above() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 11)) as pilot:
        app.table.show(items(*range(100)))
        await pilot.press(*["down"] * 15)
        line = app.table.cursor - app.table.scroll_offset.y
        app.heard.clear()
        app.table.show(items("new", "newer", *range(100)))
        await pilot.pause()
        assert app.table.row == Item("15", "text 15")
        assert app.table.cursor - app.table.scroll_offset.y == line
        assert app.heard == []


async def test_while_following_the_newest_is_highlighted_until_the_reader_moves() -> None:
    app = TableApp(can_follow=True)
    async with app.run_test(size=(30, 11)) as pilot:
        app.table.show(items(*range(50)))
        app.table.show(items("new", *range(50)))
        await pilot.pause()
        assert app.table.row is not None
        assert app.table.row.key == "new"
        await pilot.press("j")
        app.table.show(items("newer", "new", *range(50)))
        assert app.table.row.key == "0"
        await pilot.press("g")
        assert app.table.row.key == "newer"
        app.table.show(items("newest", "newer", "new", *range(50)))
        assert app.table.row.key == "newest"


async def test_scrolling_away_stops_following() -> None:
    app = TableApp(can_follow=True)
    async with app.run_test(size=(30, 11)) as pilot:
        app.table.show(items(*range(50)))
        await pilot.pause()
        app.table.scroll_to(y=10, animate=False)
        await pilot.pause()
        app.table.show(items("new", *range(50)))
        assert app.table.scroll_offset.y == 11
        assert not app.table.follow


async def test_a_record_that_goes_leaves_the_highlight_near_its_place() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 8)) as pilot:
        app.table.show(items("a", "b", "c"))
        await pilot.press("G")
        app.table.show(items("a", "b"))
        await pilot.pause()
        assert app.table.row == Item("b", "text b")
        assert app.heard[-1] == ("highlighted", "b")
        app.table.show([])
        await pilot.pause()
        assert app.table.row is None
        assert app.heard[-1] == ("highlighted", None)


async def test_only_lines_that_differ_are_painted_again() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 20)) as pilot:
        app.table.show(items(*range(10)))
        await pilot.pause()
        painted: list[int] = []
        original = app.table.render_line
        app.table.render_line = lambda y: (painted.append(y), original(y))[1]  # type: ignore[method-assign,func-returns-value]
        changed = items(*range(10))
        changed[4] = Item("4", "another text")
        app.table.show(changed)
        await pilot.pause()
        assert set(painted) == {5}
        painted.clear()
        app.table.show(list(changed))
        await pilot.pause()
        assert painted == []


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["down", "down", "up"], 1),
        (["j", "j", "j", "k"], 2),
        (["G"], 99),
        (["end", "pageup"], 91),
        (["pagedown", "home"], 0),
        (["up"], 0),
        (["G", "down"], 99),
    ],
)
async def test_keys_move_the_highlight_and_keep_it_in_sight(keys: list[str], row: int) -> None:
    app = TableApp()
    async with app.run_test(size=(30, 11)) as pilot:
        app.table.show(items(*range(100)))
        await pilot.press(*keys)
        assert app.table.cursor == row
        assert 0 <= row - app.table.scroll_offset.y < 10
        assert f"text {row}" in app.table.render_line(row - app.table.scroll_offset.y + 1).text


async def test_enter_and_a_second_click_open_a_row() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 11)) as pilot:
        app.table.show(items("a", "b", "c"))
        await pilot.press("enter")
        await pilot.click(app.table, offset=(2, 3))
        assert app.table.row == Item("c", "text c")
        await pilot.click(app.table, offset=(2, 3), times=2)
        await pilot.click(app.table, offset=(2, 8))  # below the rows
        await pilot.click(app.table, offset=(2, 0))  # the titles
        assert [what for what in app.heard if what[0] == "selected"] == [("selected", "a"), ("selected", "c")]


async def test_a_second_line_flows_under_each_row() -> None:
    app = TableApp(second_line=lambda item: [Cell("says "), Cell(item.text, "match")])
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show(items(*range(20)))
        assert app.lines()[2].strip() == "says text 0"
        await pilot.press("G")
        assert app.lines()[-1].strip() == "says text 19"
        await pilot.click(app.table, offset=(1, 2))
        assert app.table.row is not None
        assert app.table.row.key == "18"


async def test_without_rows_it_says_why(db: object) -> None:
    app = TableApp(empty="Nothing here.\nLog something.")
    async with app.run_test(size=(30, 8)) as pilot:
        assert [line.strip() for line in app.lines() if line.strip()] == ["Nothing here.", "Log something."]
        await pilot.press("down", "G", "enter", "pagedown")
        assert app.table.row is None


async def test_wide_and_hostile_text_keeps_the_columns_in_place() -> None:
    app = TableApp()
    async with app.run_test(size=(24, 8)):
        app.table.show(
            [Item("漢字漢字漢字", "[red]x"), Item("\x1b[2J", "a\nb\tc"), Item("👩‍👩‍👧‍👦" * 9, "y" * 100_000)]
        )
        lines = [app.table.render_line(y) for y in range(4)]
        assert {line.cell_length for line in lines} == {24}
        assert "␛[2J" in lines[2].text
        assert "[red]x" in lines[1].text
        assert not set("\x1b\n\t") & set("".join(line.text for line in lines))


async def test_a_terminal_of_almost_no_size_does_not_crash() -> None:
    for size in ((1, 1), (3, 2), (20, 1)):
        app = TableApp(can_follow=True)
        async with app.run_test(size=size) as pilot:
            app.table.show(items(*range(10)))
            await pilot.press("down", "G", "pagedown", "pageup", "g")
            app.table.show(items("new", *range(10)))
            await pilot.pause()
