"""The main screen: four panes and the detail view, side by side where there is room, as tabs where not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.timer import Timer
from textual.widgets import Footer, Input, Static, Tab, Tabs
from textual.worker import get_current_worker

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.violations import Violation
from imglearn.errors import StoreError
from imglearn.store.attempts import AttemptSummary
from imglearn.store.search import FeedbackMatch
from imglearn.text import safe_line
from imglearn.tui import cells, wording
from imglearn.tui.detail import DetailPane
from imglearn.tui.detail_actions import DetailActions
from imglearn.tui.feed import Feed
from imglearn.tui.help import HelpScreen
from imglearn.tui.messages import DetailLoaded, FeedbackFound, LogUnreadable, NewestLoaded, SnapshotLoaded
from imglearn.tui.queries import (
    MAX_MATCHES,
    MAX_VIOLATIONS,
    Detail,
    Interest,
    Newest,
    Snapshot,
    load_detail,
    load_matches,
    reading,
)
from imglearn.tui.table import RecordTable
from imglearn.tui.terminal_images import HALF_BLOCKS, Images

PANES_WIDTH, PANES_HEIGHT = 110, 28  # a smaller terminal shows one pane at a time
TYPING_PAUSE_S = 0.12  # a search starts when no key was pressed for so long

PANES = {
    "attempts": "Attempts",
    "categories": "Categories",
    "violations": "Violations",
    "feedback": "Feedback",
    "detail": "Detail",
}


class MainScreen(DetailActions):
    """Shows the log live. The database is read in threads; the state is here."""

    AUTO_FOCUS = "#attempts"

    # What moves the focus has priority: it is done before the next key is looked at, also where many come at once
    # (over a slow line). Else the next key would still go to the pane before.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "search",
            "Search",
            key_display="/",
            id="app.search",
            tooltip="Search the feedback",
            priority=True,
        ),
        Binding(
            "escape",
            "back",
            "Back",
            key_display="esc",
            id="app.back",
            tooltip="Clear the search; back",
            priority=True,
        ),
        Binding("z", "zoom", "Zoom", show=False, id="app.zoom", tooltip="Fill the screen with a pane, or show all"),
        Binding("tab", "cycle(1)", "Next pane", show=False, id="app.next", tooltip="To the next pane", priority=True),
        Binding(
            "shift+tab",
            "cycle(-1)",
            "Pane before",
            show=False,
            id="app.previous",
            tooltip="To the pane before",
            priority=True,
        ),
        *(
            Binding(
                str(place),
                f"pane('{name}')",
                title,
                show=False,
                id=f"app.pane-{name}",
                tooltip=f"Go to: {title}",
                priority=True,
            )
            for place, (name, title) in enumerate(PANES.items(), 1)
        ),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="app.help", tooltip="All keys"),
        Binding("q", "app.quit", "Quit", id="app.quit", tooltip="End the app; the log stays"),
    ]

    def __init__(self, path: Path, *, is_default: bool = True, images: Images = HALF_BLOCKS) -> None:
        super().__init__(path, images, is_default=is_default)
        self._path = path
        self._how_to_log = wording.how_to_log(path, is_default=is_default)
        self._feed = Feed(path, self.post_message)
        self._overall: CategoryStats | None = None
        self._attempts_total = 0
        self._total_at_follow = 0
        self._shown_id: str | None = None  # None: the newest attempt
        self._loaded_id: str | None = None
        self._summary: RecordTable[Any] | None = None  # whose highlighted row is shown instead of a record
        self._active = "attempts"
        self._zoomed = False
        self._typing: Timer | None = None
        self._found_for: str | None = None

    def compose(self) -> ComposeResult:
        """Lay out the panes; the style sheet decides where each goes."""
        yield Static(id="status", markup=False)
        yield Tabs(*(Tab(title, id=f"tab-{name}") for name, title in PANES.items()))
        with Container(id="panes"):
            yield RecordTable[AttemptSummary](
                cells.attempt_columns(),
                lambda attempt: attempt.id,
                empty="Reading the log …",
                can_follow=True,
                id="attempts",
                classes="pane",
            )
            with Vertical(id="feedback", classes="pane"):
                search = Input(placeholder="search feedback, issues, notes", id="search", compact=True)
                search.cursor_blink = False
                yield search
                yield RecordTable[FeedbackMatch](
                    cells.feedback_columns(),
                    lambda match: match.id,
                    second_line=cells.matching_words,
                    can_follow=True,
                    id="matches",
                )
            yield DetailPane(self._path, self._images, id="detail", classes="pane")
            yield RecordTable[CategoryStats](
                cells.category_columns(), lambda stats: stats.category or "", id="categories", classes="pane"
            )
            yield RecordTable[Violation](
                cells.violation_columns(),
                lambda violation: violation.issue,
                empty="No physics issues logged.",
                id="violations",
                classes="pane",
            )
        yield Static(id="problem", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Start the feed once the empty panes are on the screen."""
        for name, title in PANES.items():
            self.query_one(f"#{name}").border_title = title
        self._activate("attempts")
        self.call_after_refresh(self._feed.start)
        self.set_interval(1.0, self._tick)

    def on_resize(self) -> None:
        """Choose between panes and tabs."""
        self._lay_out()
        self._show_status()

    def on_unmount(self) -> None:
        """End the feed."""
        self._feed.stop()

    # What the log says

    @on(SnapshotLoaded)
    def _show_snapshot(self, message: SnapshotLoaded) -> None:
        snapshot = message.snapshot
        if self.has_class("-problem"):
            self.remove_class("-problem")
            if self.focused is None:  # nothing could have it while the panes were hidden
                self.call_after_refresh(self.action_pane, self._active)
        table = self._attempts
        table.empty = f"No attempts yet.\n\n{self._how_to_log}"
        with self.app.batch_update():
            self._show_attempts(snapshot)
            self._show_matches(snapshot.interest.term, snapshot.matches)
            self._show_detail(snapshot.interest.shown or (table.row.id if table.row else None), snapshot.detail)
            if self._summary is not None and self._summary.row is not None:
                self.query_one(DetailPane).show(self._summary.row)
        self._attend()

    @on(NewestLoaded)
    def _show_newest(self, message: NewestLoaded) -> None:
        with self.app.batch_update():
            self._show_attempts(message.newest)
        self._attend()

    def _show_attempts(self, loaded: Snapshot | Newest) -> None:
        """Show the newest attempts, and every count of the same moment."""
        table = self._attempts
        table.show(loaded.attempts)
        self._overall, self._attempts_total = loaded.overall, loaded.overall.total_attempts
        if table.follow:
            self._total_at_follow = self._attempts_total
        self._show_status()
        self._title_attempts()
        self.query_one("#categories", RecordTable).show(loaded.categories)
        self.query_one("#violations", RecordTable).show(loaded.violations)
        self._title_violations(loaded.violations)

    def _tick(self) -> None:
        """Let the time go on that running attempts have taken."""
        self._attempts.repaint(lambda attempt: attempt.status == "running")

    @on(LogUnreadable)
    def _show_problem(self, message: LogUnreadable) -> None:
        self.query_one("#problem", Static).update(wording.problem(message.error, self._how_to_log))
        self.add_class("-problem")

    @on(DetailLoaded)
    def _detail_loaded(self, message: DetailLoaded) -> None:
        self._show_detail(message.id, message.detail)

    @on(FeedbackFound)
    def _feedback_found(self, message: FeedbackFound) -> None:
        self._show_matches(message.term, message.matches)

    def _show_detail(self, id: str | None, detail: Detail | None) -> None:
        """Show a record, unless the person looks at another one by now."""
        if self._shown_id in (None, id) and self._summary is None:
            self._loaded_id = id
            self.query_one(DetailPane).show(detail)

    def _show_matches(self, term: str, matches: list[FeedbackMatch]) -> None:
        """Show what a search found, unless the person has typed on since."""
        if term != self.query_one("#search", Input).value:
            return
        table = self.query_one("#matches", RecordTable)
        words = term.strip()
        table.empty = f"Nothing matches {safe_line(words, 30)!r}." if words else "No feedback yet."
        if term != self._found_for:
            self._found_for = term
            table.follow = True
        table.show(matches)
        found = f"{len(matches)}{'+' if len(matches) == MAX_MATCHES else ''} found" if words else "newest"
        self.query_one("#feedback").border_title = f"Feedback · {found}"

    # What the person does

    @on(RecordTable.Followed, "#attempts")
    def _attempts_followed(self) -> None:
        if self._attempts.follow:
            self._shown_id = self._summary = None
            self._total_at_follow = self._attempts_total
            if self._attempts.row is not None:
                self._load_detail(self._attempts.row.id)
        self._title_attempts()
        self._attend()

    @on(RecordTable.Highlighted, "#attempts")
    def _attempt_highlighted(self, message: RecordTable.Highlighted) -> None:
        if message.row is None:
            self.query_one(DetailPane).show(None)
        elif not self._attempts.follow:
            self._look_at(message.row.id)
        elif message.table.has_focus and (self._summary is not None or self._shown_id is not None):
            self._attempts_followed()  # back from elsewhere

    @on(RecordTable.Highlighted, "#matches")
    def _match_highlighted(self, message: RecordTable.Highlighted) -> None:
        if message.row is not None and message.table.has_focus:
            self._look_at(message.row.id)

    @on(RecordTable.Highlighted, "#categories, #violations")
    def _summary_highlighted(self, message: RecordTable.Highlighted) -> None:
        if message.row is not None and message.table.has_focus:
            self._summary = message.table
            self.query_one(DetailPane).show(message.row)

    @on(RecordTable.Selected, "#attempts, #matches")
    def _record_selected(self, message: RecordTable.Selected) -> None:
        self._attempts.follow = False  # what was opened stays, whatever arrives
        self._look_at(message.row.id)
        self.action_pane("detail")

    @on(DetailPane.Wanted)
    def _attempt_wanted(self, message: DetailPane.Wanted) -> None:
        self._attempts.follow = False
        self._look_at(message.id)

    @on(RecordTable.Selected, "#categories, #violations")
    def _summary_selected(self, message: RecordTable.Selected) -> None:
        self._summary_highlighted(RecordTable.Highlighted(message.table, message.row))
        self.action_pane("detail")

    @on(Input.Changed, "#search")
    def _search_typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_PAUSE_S, self._search)

    @on(Input.Submitted, "#search")
    def _search_submitted(self) -> None:
        self.set_focus(self.query_one("#matches"))

    @on(Tabs.TabActivated)
    def _tab_activated(self, message: Tabs.TabActivated) -> None:
        if message.tab.id is not None:
            self._activate(message.tab.id.removeprefix("tab-"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave to the search box the keys that are text there."""
        return not (action in {"search", "pane"} and isinstance(self.focused, Input))

    def action_search(self) -> None:
        """Put the cursor into the search box."""
        self._activate("feedback")
        self.set_focus(self.query_one("#search", Input))

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self._activate(name)
        # At once: `Widget.focus` comes a moment later, and the next key would still go to the pane before.
        self.set_focus(self.query_one("#matches" if name == "feedback" else f"#{name}"))

    def action_cycle(self, step: int) -> None:
        """Go to the next pane, or the one before."""
        names = list(PANES)
        self.action_pane(names[(names.index(self._active) + step) % len(names)])

    def action_zoom(self) -> None:
        """Fill the screen with the pane that has the focus, or show all again."""
        self._zoomed = not self._zoomed and not self._is_small
        self._lay_out()

    def action_back(self) -> None:
        """Show all panes again; else clear and leave the search that one is in; else go to the attempts."""
        search = self.query_one("#search", Input)
        if self._zoomed:
            self.action_zoom()
        elif self._active == "feedback" and search.value:
            search.value = ""
            self.set_focus(self.query_one("#matches"))
        else:
            self.action_pane("attempts")

    def action_help(self) -> None:
        """Show the keys."""
        groups = {
            "Anywhere": self.BINDINGS,
            "In a table": RecordTable.BINDINGS,
            "In the details": DetailPane.BINDINGS,
            "With the attempt that is shown": DetailActions.BINDINGS,
        }
        self.app.push_screen(HelpScreen(groups))

    def on_key(self, event: events.Key) -> None:
        """From the search box, the arrow leads down into what was found."""
        if event.key == "down" and self.query_one("#search").has_focus:
            event.stop()
            self.action_pane("feedback")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember which pane has the focus, also after a click."""
        for pane in PANES:
            if pane in (event.widget.id, event.widget.parent.id if event.widget.parent else None):
                self._active = pane

    # State

    @property
    def _attempts(self) -> RecordTable[AttemptSummary]:
        return self.query_one("#attempts", RecordTable)

    @property
    def _is_small(self) -> bool:
        return self.size.width < PANES_WIDTH or self.size.height < PANES_HEIGHT

    def _activate(self, name: str) -> None:
        """Show a pane where only one is visible."""
        self._active = name
        self._lay_out()
        with self.prevent(Tabs.TabActivated):  # it would come late, and undo what the person did meanwhile
            self.query_one(Tabs).active = f"tab-{name}"

    def _lay_out(self) -> None:
        """Show all panes where there is room, else the active one.

        Set here and not by style sheet, since only what is displayed at once can be focused at once.
        """
        tabbed = self._is_small or self._zoomed
        self.set_class(tabbed, "-tabbed")
        for pane in PANES:
            self.query_one(f"#{pane}").display = not tabbed or pane == self._active

    def _show_status(self) -> None:
        if self._overall is not None:
            status = wording.status(self._path, self._overall, self.size.width)
            self.query_one("#status", Static).update(status, layout=False)

    def _title_attempts(self) -> None:
        table, total = self._attempts, self._attempts_total
        new = total - self._total_at_follow
        if table.follow:
            state = "following"
        elif new > 0:
            state = f"+{new:,} new, g to follow"
        else:
            state = "g to follow"
        table.border_title = f"Attempts · {state}"
        table.border_subtitle = f"Showing {len(table.rows):,} of {total:,}" if total else ""

    def _title_violations(self, violations: list[Violation]) -> None:
        named = sum(violation.count for violation in violations)
        title = f"Violations · {named:,} named" if 0 < len(violations) < MAX_VIOLATIONS else "Violations"
        self.query_one("#violations").border_title = title

    def _attend(self) -> None:
        """Tell the feed what the person looks at."""
        table = self._attempts
        since = None if table.follow or not table.rows else table.rows[-1].timestamp
        self._feed.attend(Interest(since, self.query_one("#search", Input).value, self._shown_id))

    def _look_at(self, id: str) -> None:
        """Show a record in full, as soon as it is loaded."""
        if self._summary is not None:
            self._summary = self._loaded_id = None
        self._shown_id = id
        self._attend()
        if id != self._loaded_id:
            self._load_detail(id)

    @work(thread=True, exclusive=True, group="detail", exit_on_error=False)
    def _load_detail(self, id: str) -> None:
        worker = get_current_worker()
        try:
            with reading(self._path) as store:
                detail = load_detail(store, id)
        except StoreError:
            return  # the feed tells, and tries again
        if not worker.is_cancelled:
            self.post_message(DetailLoaded(id, detail))

    def _search(self) -> None:
        self._attend()
        self._find_matches(self.query_one("#search", Input).value)

    @work(thread=True, exclusive=True, group="search", exit_on_error=False)
    def _find_matches(self, term: str) -> None:
        worker = get_current_worker()
        try:
            with reading(self._path) as store:
                matches = load_matches(store, term)
        except StoreError:
            return  # the feed tells, and tries again
        if not worker.is_cancelled:
            self.post_message(FeedbackFound(term, matches))
