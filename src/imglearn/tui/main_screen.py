"""The main screen: four panes and the detail view, side by side where there is room, as tabs where not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from textual import on, work
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.issue_breakdown import naming
from imglearn.analytics.violations import Violation
from imglearn.errors import StoreError
from imglearn.filters import AttemptFilter
from imglearn.remarks import Inbox
from imglearn.saved_filters import SavedFilters
from imglearn.store.listing import Listing
from imglearn.store.search import FeedbackMatch
from imglearn.text import safe_line
from imglearn.tui import cells, wording
from imglearn.tui.alert_bar import AlertBar
from imglearn.tui.attempts_table import AttemptsTable
from imglearn.tui.detail import DetailPane
from imglearn.tui.detail_actions import DetailActions
from imglearn.tui.feed import Feed, Rows
from imglearn.tui.filter_bar import FilterBar
from imglearn.tui.inbox_table import InboxTable
from imglearn.tui.key_footer import KeyFooter
from imglearn.tui.keymap import held, hint, keymap_of, sign
from imglearn.tui.messages import DetailLoaded, LogUnreadable, NewestLoaded, SnapshotLoaded, WindowLoaded
from imglearn.tui.navigation import Navigation
from imglearn.tui.pane_layout import Shares
from imglearn.tui.queries import (
    MAX_MATCHES,
    MAX_VIOLATIONS,
    Counts,
    Detail,
    Newest,
    Snapshot,
    load_detail,
    reading,
)
from imglearn.tui.remark_actions import RemarkActions
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.terminal_images import HALF_BLOCKS, Images
from imglearn.tui.views.view import View
from imglearn.tui.write_actions import WriteActions

FOOTER_WIDTH = 80  # a narrower footer names fewer keys
_LEFT_OUT = frozenset({"table.open", "summary.open", "attempts.sort", "trends.unit"})
_TEXT_IN_THE_FILTER = frozenset({"cycle", "filter", "pane", "back", "open_view"})
# What is done with a pane, or with the attempt that is shown in one.
_OF_SIZES = frozenset({"zoom", "widen", "heighten", "even"})
_OF_PANES = _OF_SIZES | frozenset({"edit", "walk", "view", "open", "page", "copy"})


class MainScreen(Navigation, RemarkActions, WriteActions, DetailActions):
    """Shows the log live. The database is read in threads; the state is here."""

    AUTO_FOCUS = "#attempts"
    COMPONENT_CLASSES = RecordTable.STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "colon,ctrl+p",
            "app.command_palette",
            "More",
            key_display=":",
            id="app.palette",
            tooltip="Find anything that the app can do",
        ),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="app.help", tooltip="All keys"),
        Binding("q", "leave", "Quit", id="app.quit", tooltip="Close the view; in the panes end the app, the log stays"),
    ]

    def __init__(
        self,
        path: Path,
        *,
        is_default: bool = True,
        filter_text: str = "",
        earlier_filters: Iterable[str] = (),
        images: Images = HALF_BLOCKS,
        saved_filters: SavedFilters | None = None,
        shares: Shares = Shares(),  # noqa: B008 - frozen
        seen_alerts: Iterable[str] = (),
    ) -> None:
        super().__init__(path)
        self.saved_filters = saved_filters
        self.images = images
        self.named_database = None if is_default else path
        self.shares = shares
        self._filter_text = filter_text
        self._seen_alerts = seen_alerts
        self._earlier_filters = earlier_filters
        self._how_to_log = wording.how_to_log(path, is_default=is_default)
        self._feed = Feed(path, self.post_message)
        self._counts: Counts | None = None
        self._asked_shown: AttemptFilter | None = None  # whose figures are shown
        self._matches_of: AttemptFilter | None = None  # whose feedback
        self._shown_id: str | None = None  # None: the newest attempt
        self._loaded_id: str | None = None
        self._summary: RecordTable[Any] | None = None  # whose highlighted row is shown instead of a record

    class AlertsSeen(Message):
        """These alerts were seen."""

        def __init__(self, ids: list[str]) -> None:
            self.ids = ids
            super().__init__()

    def compose(self) -> ComposeResult:
        """Lay out the panes; the style sheet decides where each goes."""
        yield Static(id="status", markup=False)
        yield AlertBar(self.path, [*self._seen_alerts], f"{sign(self, 'views.alerts')} lists alerts", id="alert")
        if self.is_small:
            self.set_class(True, "-tabbed", "-small")  # before there is anything that it would style anew
            yield self.tabs()
        with Container(id="panes"):
            yield AttemptsTable(id="attempts", classes="pane")
            yield RecordTable[FeedbackMatch](
                cells.feedback_columns(),
                lambda match: match.id,
                second_line=cells.matching_words,
                can_follow=True,
                id="feedback",
                classes="pane",
            )
            yield InboxTable(id="inbox", classes="pane")
            yield DetailPane(self.path, self.images, id="detail", classes="pane")
            yield SummaryTable[CategoryStats](
                cells.category_columns(), lambda stats: stats.category or "", id="categories", classes="pane"
            )
            yield SummaryTable[Violation](
                cells.violation_columns(),
                lambda violation: violation.issue,
                empty="No physics issues logged.",
                id="violations",
                classes="pane",
            )
        yield Static(id="problem", markup=False)
        yield FilterBar(self._filter_text, self.to_where_one_was, self._earlier_filters, id="filter")
        yield KeyFooter(show_command_palette=False)

    def on_mount(self) -> None:
        """Start the feed once the empty panes are on the screen."""
        self.call_after_refresh(self._feed.start)
        self.set_interval(1.0, self._tick)

    def on_resize(self) -> None:
        """Say as much as there is room for."""
        self._show_status()
        self.refresh_bindings()  # fewer of them where it is narrow

    def on_unmount(self) -> None:
        """End the feed."""
        self._feed.stop()

    @property
    def shown_id(self) -> str | None:
        """The id of the attempt that is shown in full, None for the newest."""
        row = self._attempts.row
        return self._shown_id or (None if row is None else row.id)

    # What the log says

    @on(SnapshotLoaded)
    def _show_snapshot(self, message: SnapshotLoaded) -> None:
        snapshot = message.snapshot
        if self.has_class("-problem"):
            self.remove_class("-problem")
            if self.focused is None:  # nothing could have it while the panes were hidden
                self.call_after_refresh(self.to_where_one_was)
        is_held = self._is_held(self._matches_of)
        with self.app.batch_update():
            if not self._show_newest(snapshot.newest):
                return
            if not is_held:
                self._matches_of = self.asked
                self._show_matches(snapshot.matches)
            self._show_inbox(snapshot.inbox)
            if self.view is not None and snapshot.newest.interest.question is self.view.question:
                self.view.asked = snapshot.newest.interest.listing.asked
                self.view.show(snapshot.answer)
            self._show_record(snapshot)
            if self._summary is not None and self._summary.row is not None:
                self.query_one(DetailPane).show(self._summary.row)

    def _show_record(self, snapshot: Snapshot) -> None:
        """Show the record that is of interest as it is now; where that is the newest one, only if it is highlighted."""
        row, wanted = self._attempts.row, snapshot.newest.interest.shown
        if wanted is None:
            if row is not None and row.id == snapshot.shown:
                self._show_detail(row.id, snapshot.detail)
            elif not self._attempts.window:
                self._show_detail(None, None)
        elif snapshot.detail is not None or wanted != self._shown_id:
            self._show_detail(wanted, snapshot.detail)
        elif row is None or row.id != wanted:  # it is gone, also from the list: back to the highlighted one
            self._shown_id = None if row is None else row.id
            self._attend(at_once=True)

    @on(NewestLoaded)
    def _newest_loaded(self, message: NewestLoaded) -> None:
        with self.app.batch_update():
            self._show_newest(message.newest)

    @on(WindowLoaded)
    def _places_loaded(self, message: WindowLoaded) -> None:
        self._attempts.show_places(message.interest, message.attempts)
        self._attend()

    def _show_newest(self, newest: Newest) -> bool:
        """Show the attempts, and every count of the same moment. Return False for an answer to an earlier filter."""
        table, asked = self._attempts, newest.interest.listing.asked
        if asked != table.listing.asked:
            return False
        if asked.is_open:
            table.empty = f"No attempts yet.\n\n{self._how_to_log}"
        else:
            table.empty = f"No attempt matches.\n\n{sign(self, 'app.back')} clears the filter."
        self.query_one(DetailPane).asked = asked
        is_current = table.show_newest(newest)
        is_held, self._counts = self._is_held(self._asked_shown), newest.counts
        self._show_status()
        overall = newest.counts.overall
        outcomes = overall.total_attempts, overall.running, overall.passed, overall.failed
        self.query_one(AlertBar).log_changed(outcomes)
        if not is_held:
            is_other, self._asked_shown = asked != self._asked_shown, asked
            self._show_summaries(newest.counts, is_other)
        self._attend(at_once=not is_current)
        return True

    def _is_held(self, shown: AttemptFilter | None) -> bool:
        """Whether what is shown of a filter stands still: while paused, as long as that one holds."""
        return self._attempts.paused and self.asked == shown

    def _show_summaries(self, counts: Counts, is_other: bool) -> None:
        """Show the categories and the violations; where they are of an other filter, from the top."""
        categories, violations = self.query_one("#categories", RecordTable), self.query_one("#violations", RecordTable)
        nothing = "" if self.asked.is_open else "No attempt matches."
        categories.empty = nothing
        violations.empty = "No physics issue named." if counts.asked.total_attempts else nothing
        categories.show(counts.categories, anew=is_other)
        violations.show(counts.violations, anew=is_other)
        named = sum(violation.count for violation in counts.violations)
        is_whole = 0 < len(counts.violations) < MAX_VIOLATIONS
        violations.border_title = f"Violations · {named:,} named" if is_whole else "Violations"

    def _tick(self) -> None:
        """Let the time go on that running attempts have taken."""
        if not self._attempts.paused:
            self._attempts.repaint(lambda attempt: attempt.status == "running")

    @on(LogUnreadable)
    def _show_problem(self, message: LogUnreadable) -> None:
        self.query_one("#problem", Static).update(wording.problem(message.error, self._how_to_log))
        self.add_class("-problem")

    @on(DetailLoaded)
    def _detail_loaded(self, message: DetailLoaded) -> None:
        self._show_detail(message.id, message.detail)

    def _show_detail(self, id: str | None, detail: Detail | None) -> None:
        """Show a record, unless the person looks at another one by now."""
        if self._shown_id in (None, id) and self._summary is None:
            self._loaded_id = id
            self.query_one(DetailPane).show(detail)

    def _show_matches(self, matches: list[FeedbackMatch]) -> None:
        """Show the feedback that has the words of the filter, or the newest."""
        words = self._attempts.listing.asked.text
        table = self.query_one("#feedback", RecordTable)
        table.empty = f"Nothing matches {safe_line(words, 30)!r}." if words else "No feedback."
        table.show(matches)
        found = f"{len(matches)}{'+' if len(matches) == MAX_MATCHES else ''} found" if words else "newest"
        table.border_title = f"Feedback · {found}"

    def _show_inbox(self, inbox: Inbox) -> None:
        """Show the remarks that no attempt has been made with."""
        self.query_one("#inbox", InboxTable).show_inbox(inbox, self.asked)
        key = sign(self, "app.pane-inbox")
        where = f"{inbox.handed_out:,} in the inbox" if inbox.handed_out else "inbox" if inbox.others else ""
        self.query_one("#feedback").border_subtitle = hint(f"{key}: {where}" if where else "", "screen.pane('inbox')")

    # What the person does

    @on(FilterBar.Changed)
    def _filter_changed(self, message: FilterBar.Changed) -> None:
        self._attempts.narrow(message.parsed.filter, message.is_same)
        if message.is_same:
            self._asked_shown = self._matches_of = message.parsed.filter
        else:
            self.query_one("#feedback", RecordTable).follow = True

    def view_changed(self) -> None:
        """Ask what the view that is open asks, and go there; or back to the panes."""
        self._attend(at_once=True)
        self.to_where_one_was()
        self._show_status()
        self.refresh_bindings()
        self.query_one(DetailPane).say_hints()

    @on(AlertBar.Opened)
    async def _alerts_wanted(self) -> None:
        await self.open_view("alerts")

    @on(AlertBar.Seen)
    def _alerts_were_seen(self) -> None:
        if seen := self.query_one(AlertBar).mark_seen():
            self.post_message(self.AlertsSeen(seen))

    @on(View.Asked)
    def _view_asks(self) -> None:
        self._attend(at_once=True)

    @on(View.Narrowed)
    def _view_narrows(self, message: View.Narrowed) -> None:
        self.list_only(message.asked)

    @on(View.Opened)
    def _view_opens(self, message: View.Opened) -> None:
        self._open(message.id)

    @on(AttemptsTable.Listed)
    def _listed(self) -> None:
        self._shown_id, self._summary = self._attempts.chosen, None
        self._attend(at_once=True)

    @on(AttemptsTable.Released)
    def _released(self) -> None:
        self._attend(at_once=True)

    @on(RecordTable.Wanted, "#attempts")
    def _rows_wanted(self, message: RecordTable.Wanted) -> None:
        self._feed.fetch(Rows(self._attempts.window, message.start, message.end))

    @on(RecordTable.Followed, "#attempts")
    def _attempts_followed(self) -> None:
        if self._attempts.follow:
            self._shown_id = self._summary = None
            if self._attempts.row is not None:
                self._load_detail(self._attempts.row.id)
        self._attend(at_once=self._attempts.follow and self._attempts.window.first > 0)

    @on(RecordTable.Highlighted, "#attempts")
    def _attempt_highlighted(self, message: RecordTable.Highlighted) -> None:
        if message.row is None:
            if not self._attempts.window:
                self._shown_id = None
                self._attend()
                self.query_one(DetailPane).show(None)
        elif not self._attempts.follow:
            self._look_at(message.row.id)
        elif message.table.has_focus and (self._summary is not None or self._shown_id is not None):
            self._attempts_followed()  # back from elsewhere

    @on(RecordTable.Highlighted, "#feedback, #inbox")
    def _match_highlighted(self, message: RecordTable.Highlighted) -> None:
        if message.row is not None and message.table.has_focus:
            self._look_at(message.row.id)

    @on(RecordTable.Highlighted, "#categories, #violations")
    def _summary_highlighted(self, message: RecordTable.Highlighted) -> None:
        if message.row is not None and message.table.has_focus:
            self._summary = message.table
            self.query_one(DetailPane).show(message.row)

    @on(RecordTable.Selected, "#attempts, #feedback, #inbox")
    def _record_selected(self, message: RecordTable.Selected) -> None:
        self._open(message.row.id)

    @on(DetailPane.Wanted)
    def _attempt_wanted(self, message: DetailPane.Wanted) -> None:
        self._attempts.follow = False
        self._look_at(message.id)

    @on(RecordTable.Selected, "#categories")
    def _category_selected(self, message: RecordTable.Selected) -> None:
        self.list_only(AttemptFilter(category=message.row.category))

    @on(RecordTable.Selected, "#violations")
    def _violation_selected(self, message: RecordTable.Selected) -> None:
        self.list_only(naming(message.row.issue))

    def _open(self, id: str) -> None:
        """Go to a record's details."""
        with self.way_back():
            self._attempts.follow = False  # what was opened stays, whatever arrives
            self._look_at(id)
            self.action_pane("detail")

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that work now; where there is little room, without those that the footer can do without."""
        found = super().active_bindings
        if self.view is not None:
            found = {
                key: active._replace(binding=replace(active.binding, description="Back"))
                if active.binding.id == "app.quit"
                else active
                for key, active in found.items()
            }
        if self.size.width >= FOOTER_WIDTH:
            return found
        left_out = _LEFT_OUT if self.view is None else _LEFT_OUT | {"app.remark"}
        return {key: active for key, active in found.items() if active.binding.id not in left_out}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave to the filter the keys that are text there."""
        if isinstance(self.focused, Input) and action in _TEXT_IN_THE_FILTER:
            return False
        if action in _OF_SIZES and self.is_small:
            return False  # one pane is all there is room for
        return self.view is None or action not in _OF_PANES

    @property
    def asked(self) -> AttemptFilter:
        """The filter that holds."""
        return self._attempts.listing.asked

    def step(self, rows: int) -> None:
        """Go up or down the attempts, and show the one that is there."""
        self._attempts.action_move(rows)
        if self._attempts.row is not None:
            self._look_at(self._attempts.row.id)

    @property
    def listed(self) -> Listing:
        """The attempts as they are listed."""
        return self._attempts.listing

    @property
    def count(self) -> int:
        """How many attempts the filter leaves."""
        return self._counts.asked.total_attempts if self._counts is not None else 0

    @property
    def pointed(self) -> object:
        """What the highlight is on, in the pane that was used last."""
        if self.view is not None:
            return self.view.pointed
        if self.active == "detail":
            return self.query_one(DetailPane).detail
        return self.query_one(f"#{self.active}", RecordTable).row

    def action_help(self) -> None:
        """Show the keys."""
        from imglearn.tui.help import HelpScreen  # only who asks for it
        from imglearn.tui.key_groups import key_groups

        keymap = keymap_of(self.app)
        self.app.push_screen(HelpScreen({title: held(found, keymap) for title, found in key_groups().items()}))

    # State

    @property
    def _attempts(self) -> AttemptsTable:
        return self.query_one("#attempts", AttemptsTable)

    def _show_status(self) -> None:
        if self._counts is not None:
            status = wording.status(self.path, self._counts, self.size.width, self.view_hints)
            self.query_one("#status", Static).update(status, layout=False)

    def _attend(self, *, at_once: bool = False) -> None:
        """Tell the feed what the person looks at."""
        interest = self._attempts.interest
        question = None if self.view is None else self.view.question
        interest = msgspec.structs.replace(interest, shown=self._shown_id, question=question)
        self._feed.attend(interest, at_once=at_once)

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
            with reading(self.path) as store:
                detail = load_detail(store, id)
        except StoreError:
            return  # the feed tells, and tries again
        if not worker.is_cancelled:
            self.post_message(DetailLoaded(id, detail))
