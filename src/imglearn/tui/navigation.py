"""Where one is on the main screen, how one goes elsewhere, and the way back."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from imglearn.filters import AttemptFilter
from imglearn.tui.filter_actions import FilterActions
from imglearn.tui.pane_layout import PaneLayout
from imglearn.tui.view_actions import ViewActions
from imglearn.tui.ways_back import Spot, WaysBack


class Navigation(ViewActions, FilterActions, PaneLayout):
    """A screen with panes, views over them, and a filter: each leads to the others."""

    # What moves the focus has priority: it is done before the next key is looked at, also where many come at once
    # (over a slow line). Else the next key would still go to the pane before.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "back",
            "Back",
            show=False,
            key_display="esc",
            id="app.back",
            tooltip="Show all panes; clear the filter; back",
            priority=True,
        ),
    ]

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._ways_back = WaysBack()

    def to_where_one_was(self) -> None:
        """Go back to the view that is open, or to the pane that was used last."""
        if self.view is None:
            self.action_pane(self.active)
        else:
            self.set_focus(self.view.place)

    def list_only(self, asked: AttemptFilter) -> None:
        """Add to the filter, and go to the attempts that it leaves."""
        with self.way_back():
            self.narrow_by(asked)
            self.action_pane("attempts")

    @contextmanager
    def way_back(self) -> Generator[None]:
        """Let Esc lead back here from where one goes meanwhile."""
        start = self._spot
        yield
        self._ways_back.gone(start, self._spot)

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self.active = name
        if not self.close_view():  # which leads to the pane
            super().action_pane(name)

    def action_cycle(self, step: int) -> None:
        """Go to the next pane, or the one before; in a view to its next table."""
        if self.view is None:
            super().action_cycle(step)
        else:
            places = self.view.places
            at = places.index(self.focused) if self.focused in places else -1
            self.set_focus(places[(at + step) % len(places)])

    @property
    def places(self) -> Sequence[Widget]:
        """What one can go to: the panes, or what the view that is open has."""
        return super().places if self.view is None else self.view.places

    def go_to(self, place: Widget) -> None:
        """Go to one of `places`."""
        if self.view is None:
            super().go_to(place)
        else:
            self.set_focus(place)

    async def action_back(self) -> None:
        """Close the view; else show all panes again; else go back to where one came from by opening a row; else to the
        attempts; else clear the filter.
        """
        bar = self.filter_bar
        if self.close_view():
            return
        if self.is_zoomed:
            self.action_zoom()
        elif (start := self._ways_back.back(self._spot)) is not None:
            if start.filter != bar.kept:
                bar.keep(start.filter)
            if start.is_view:
                await self.open_view(start.name)
            else:
                self.action_pane(start.name)
        elif self.active != "attempts":
            self.action_pane("attempts")
        elif bar.kept:
            bar.keep("")

    def action_leave(self) -> None:
        """Close the view that is open; else end the app."""
        if not self.close_view():
            self.app.exit()

    @property
    def _spot(self) -> Spot:
        view = self.view_name
        return Spot(view or self.active, view is not None, self.filter_bar.kept)
