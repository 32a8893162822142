from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from imglearn.tui.plot import LEFT, Plot, PlotPoint, Series

HOUR = 3600


class PlotApp(App[None]):
    def __init__(self, *, fitted: bool = False) -> None:
        super().__init__()
        self.fitted = fitted

    def compose(self) -> ComposeResult:
        yield Plot(fitted=self.fitted, empty="Nothing to plot.")


def series(*values: float | None, around: float | None = None) -> Series:
    return Series(
        [
            PlotPoint(
                place * HOUR, value, None if around is None or value is None else (value - around, value + around)
            )
            for place, value in enumerate(values)
        ]
    )


async def drawn(
    chosen: Series | None,
    others: Sequence[Series] = (),
    size: tuple[int, int] = (45, 12),
    *,
    fitted: bool = False,
    longest: float = math.inf,
) -> list[str]:
    app = PlotApp(fitted=fitted)
    async with app.run_test(size=size) as pilot:
        plot = app.query_one(Plot)
        plot.show(chosen, others, lambda moment: f"{moment / HOUR:.0f} h", longest)
        await pilot.pause()
        return [plot.render_line(y).text for y in range(size[1])]


async def test_a_value_stands_where_the_scale_says() -> None:
    lines = await drawn(series(0, 50, 100))
    places = [(y, line.index("●"), line) for y, line in enumerate(lines) if "●" in line]
    rows, columns, marked = zip(*places, strict=True)
    assert rows == (0, 4, 9)  # 100 in the first of ten rows, 0 in the last
    assert columns == (44, LEFT + 20, LEFT)
    assert [line.strip().split()[0] for line in marked] == ["100", "50", "0"]
    assert lines[10].strip().startswith("└┴")
    assert lines[11].split() == ["0", "h", "1", "h", "2", "h"]


async def test_an_interval_reaches_from_its_low_to_its_high() -> None:
    narrow = await drawn(series(50, 50, around=10))
    wide = await drawn(series(50, 50, around=45))
    narrow_rows, wide_rows = (sum(line[LEFT] not in " ┈" for line in lines[:10]) for lines in (narrow, wide))
    assert 2 <= narrow_rows <= 4
    assert wide_rows >= 9


async def test_a_step_without_a_value_has_no_dot() -> None:
    lines = await drawn(series(10, None, 90))
    assert sum(line.count("●") for line in lines) == 2


async def test_no_line_is_drawn_across_a_long_time_without_a_value() -> None:
    told = series(50, 50, *[None] * 6, 50, 50)
    for longest, drawn_in_the_gap in ((8 * HOUR, True), (3 * HOUR, False)):
        lines = await drawn(told, size=(65, 12), longest=longest)
        middle = [line[LEFT + 28] for line in lines[:10]]
        assert any(0x2800 < ord(sign) < 0x2900 for sign in middle) is drawn_in_the_gap
        assert sum(line.count("●") for line in lines) == 4


async def test_one_value_alone_is_drawn() -> None:
    assert sum(line.count("●") for line in await drawn(series(40))) == 1


async def test_dots_that_would_run_together_become_a_line() -> None:
    lines = await drawn(series(*[place % 100 for place in range(200)]))
    assert "●" not in "".join(lines)
    assert any(0x2800 < ord(sign) < 0x2900 for sign in "".join(lines))


async def test_others_are_drawn_behind_without_dots() -> None:
    alone, together = await drawn(series(50, 50)), await drawn(series(50, 50), [series(0, 0), series(100, 100)])
    assert sum(line.count("●") for line in together) == sum(line.count("●") for line in alone)
    assert alone[0] != together[0]
    assert alone[9] != together[9]


async def test_without_colours_others_are_dotted(monkeypatch: pytest.MonkeyPatch) -> None:
    def inked(lines: list[str]) -> int:
        return sum(bin(ord(sign) - 0x2800).count("1") for line in lines[:10] for sign in line if ord(sign) > 0x2800)

    chosen, other = series(0, 0), series(90, 90)
    alone, coloured = inked(await drawn(chosen)), inked(await drawn(chosen, [other]))
    monkeypatch.setenv("NO_COLOR", "1")
    dotted = await drawn(chosen, [other])
    assert inked(await drawn(chosen)) == alone
    assert 0 < inked(dotted) - alone < (coloured - alone) / 2
    reach = [column for line in dotted[:5] for column, sign in enumerate(line) if ord(sign) > 0x2800]
    assert (min(reach), max(reach)) == (LEFT, 44)


async def test_a_fitted_plot_shows_the_values_that_there_are() -> None:
    lines = await drawn(series(71, 74, 78), fitted=True)
    numbers = [int(line.split()[0]) for line in lines[:10] if line.split()[0].isdigit()]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] <= 90
    assert numbers[-1] >= 60


@pytest.mark.parametrize("values", [(0, 0), (100, 100), (0.0001, 99.999), (3,)])
async def test_a_fitted_plot_never_leaves_the_scale(values: tuple[float, ...]) -> None:
    lines = await drawn(series(*values), fitted=True)
    numbers = [int(line.split()[0]) for line in lines[:10] if line.split()[0].isdigit()]
    assert 0 <= min(numbers) < max(numbers) <= 100
    assert sum(line.count("●") for line in lines) == len(values)


@pytest.mark.parametrize("chosen", [None, series(None, None)])
async def test_nothing_to_plot_is_said(chosen: Series | None) -> None:
    assert "Nothing to plot." in "".join(await drawn(chosen))


@pytest.mark.parametrize("size", [(1, 1), (8, 3), (13, 5), (14, 40), (300, 6)])
async def test_any_size_will_do(size: tuple[int, int]) -> None:
    await drawn(series(1, 99, 50, around=5), [series(3, 4, 5)], size)
    await drawn(None, (), size)
