"""The filter of the main screen: typed, kept by name, or taken from a row."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.worker import get_current_worker

from imglearn.errors import InvalidRecordError, SettingsError, StoreError
from imglearn.filter_language import narrowed
from imglearn.filters import AttemptFilter
from imglearn.saved_filters import SavedFilters, checked_name
from imglearn.tui.filter_bar import FilterBar
from imglearn.tui.keymap import sign
from imglearn.tui.menu_screen import Entry, MenuScreen
from imglearn.tui.queries import load_filter_values, reading
from imglearn.tui.telling import TellingScreen


class FilterActions(TellingScreen):
    """A screen with a filter bar."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "Filter",
            key_display="/",
            id="app.filter",
            tooltip="Filter everything by words and names",
            priority=True,
        ),
        Binding(
            "at",
            "saved_filters",
            "Saved filters",
            show=False,
            key_display="@",
            id="app.saved-filters",
            tooltip="Choose a filter that was saved",
        ),
        Binding("S", "save_filter", "Save filter", show=False, id="app.save-filter", tooltip="Save the filter by name"),
    ]

    saved_filters: SavedFilters | None = None

    @property
    def filter_bar(self) -> FilterBar:
        """Where the filter stands."""
        return self.query_one(FilterBar)

    def action_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter_bar.open()

    @on(FilterBar.Opened)
    def _filter_opened(self) -> None:
        self._load_values()

    @work(thread=True, exclusive=True, group="values", exit_on_error=False)
    def _load_values(self) -> None:
        """Find what can be offered while one types."""
        worker = get_current_worker()
        try:
            with reading(self.path) as store:
                values = load_filter_values(store)
        except StoreError:
            return  # the feed tells
        if not worker.is_cancelled:
            self.app.call_from_thread(setattr, self.filter_bar.completions, "values", values)

    def narrow_by(self, asked: AttemptFilter) -> None:
        """Add to the filter that holds, unless it is in it."""
        bar = self.filter_bar
        kept = narrowed(bar.kept, asked)
        if kept != bar.kept:
            bar.keep(kept)

    def action_saved_filters(self) -> None:
        """Choose a filter that was saved."""
        try:
            saved = list(self.saved_filters.all().items()) if self.saved_filters is not None else []
        except SettingsError as error:
            self.tell(str(error), is_problem=True)
            return
        if not saved:
            self.tell(f"No filter is saved; {sign(self, 'app.save-filter')} saves the one that holds.")
            return

        def chosen(number: int | None) -> None:
            if number is not None:
                self.filter_bar.keep(saved[number][1])

        def removed(number: int) -> None:
            name, text = saved.pop(number)
            try:
                self.saved_filters.forget(name)  # type: ignore[union-attr]
            except SettingsError as error:
                self.tell(str(error), is_problem=True)
            else:
                self.tell(f"{name} is forgotten; it was: {text}")

        self.app.push_screen(MenuScreen("Saved filters", [Entry(*one) for one in saved], removed=removed), chosen)

    def action_save_filter(self) -> None:
        """Save the filter that holds by a name."""
        from imglearn.tui.name_screen import NameScreen  # only who asks for it

        text = self.filter_bar.kept
        if not text or self.saved_filters is None:
            self.tell(f"There is no filter to save; {sign(self, 'app.filter')} begins one.")
            return

        def named(name: str | None) -> None:
            if name is None or self.saved_filters is None:
                return
            try:
                before = self.saved_filters.all().get(name)
                self.saved_filters.save(name, text)
            except (SettingsError, InvalidRecordError) as error:
                self.tell(str(error), is_problem=True)
            else:
                instead = f", in place of {before}" if before not in (None, text) else ""
                self.tell(f"Saved as {name}{instead}; {sign(self, 'app.saved-filters')} lists what is saved.")

        def problem(name: str) -> str | None:
            try:
                checked_name(name)
            except InvalidRecordError as error:
                return f"a name wants {error.wants}"
            return None

        self.app.push_screen(NameScreen("Save the filter as", "failed-wood", problem), named)
