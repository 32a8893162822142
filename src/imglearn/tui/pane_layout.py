"""Where the panes are: side by side where there is room, as tabs where not, and how large each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.geometry import Offset
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Tab, Tabs

from imglearn.tui.telling import TellingScreen

PANES_WIDTH, PANES_HEIGHT = 110, 28  # a smaller terminal shows one pane at a time

PANES = {
    "attempts": "Attempts",
    "categories": "Categories",
    "violations": "Violations",
    "feedback": "Feedback",
    "detail": "Detail",
    "inbox": "Inbox",
}
SHARED = ("feedback", "inbox")  # panes that share a place: the one that was used last is shown
RIGHT = ("feedback", "inbox", "detail")  # panes of the right column
STEP = 5  # percent by which a pane grows at once


class Shares(Struct, frozen=True):
    """How much of the panes' width the right column has, how much of their height the bottom row has, and how much of
    the right column's height the upper pane has: in percent (0-100).
    """

    right: int = 33
    bottom: int = 33
    upper: int = 50

    def within_bounds(self) -> Shares:
        """Return shares that leave every pane some room. The upper pane ends above the bottom row."""
        bottom = max(15, min(self.bottom, 60))
        return Shares(max(20, min(self.right, 70)), bottom, max(15, min(self.upper, 85 - bottom)))


class PaneLayout(TellingScreen):
    """A screen with panes."""

    BINDINGS: ClassVar[list[BindingType]] = [
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
        Binding(
            "apostrophe", "jump", "Jump", show=False, id="app.jump", tooltip="A letter on each pane, to go there by it"
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
        Binding("greater_than_sign", "widen(1)", "Wider", show=False, id="app.wider", tooltip="Make the pane wider"),
        Binding("less_than_sign", "widen(-1)", "Narrower", show=False, id="app.narrower", tooltip="Make it narrower"),
        Binding("plus", "heighten(1)", "Higher", show=False, id="app.higher", tooltip="Make the pane higher"),
        Binding("minus", "heighten(-1)", "Lower", show=False, id="app.lower", tooltip="Make it lower"),
        Binding("equals_sign", "even", "Even", show=False, id="app.even", tooltip="The panes as large as at first"),
    ]

    class Shared(Message):
        """The panes have other sizes, to be kept."""

        def __init__(self, shares: Shares) -> None:
            self.shares = shares
            super().__init__()

    active = "attempts"
    """The pane that was used last."""

    shares = Shares()
    _front = SHARED[0]
    _zoomed = False

    def on_mount(self) -> None:
        """Name the panes, and lay them out."""
        for name, title in PANES.items():
            self.query_one(f"#{name}").border_title = title
        self._share()
        self.activate("attempts")

    def on_resize(self) -> None:
        """Choose between panes and tabs."""
        self._lay_out()

    @on(Tabs.TabActivated)
    def _tab_activated(self, message: Tabs.TabActivated) -> None:
        # By mouse or arrow keys only: of what was done here the message comes late, and would undo what followed.
        if message.tabs.has_focus and message.tab.id is not None:
            self.activate(message.tab.id.removeprefix("tab-"))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember which pane has the focus, also after a click."""
        if event.widget.id in PANES:
            self.active = event.widget.id

    def tabs(self) -> Tabs:
        """Return a tab for each pane."""
        return Tabs(*(Tab(title, id=f"tab-{name}") for name, title in PANES.items()), active=f"tab-{self.active}")

    def activate(self, name: str) -> None:
        """Show a pane where only one is visible."""
        self.active = name
        self._lay_out()
        self._mark_tab()

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self.activate(name)
        # At once: `Widget.focus` comes a moment later, and the next key would still go to the pane before.
        self.set_focus(self.query_one(f"#{name}"))

    def action_cycle(self, step: int) -> None:
        """Go to the next pane, or the one before."""
        names = list(PANES)
        self.action_pane(names[(names.index(self.active) + step) % len(names)])

    def action_jump(self) -> None:
        """Put a letter on everything that one can go to."""
        from imglearn.tui.jump import JumpScreen  # only who asks for it

        places = self.places
        below = Offset(0, 1)  # a tab, whose name can be read then
        regions = [place.region.translate(below) if isinstance(place, Tab) else place.region for place in places]

        def chosen(number: int | None) -> None:
            if number is not None:
                self.go_to(places[number])

        self.app.push_screen(JumpScreen(regions), chosen)

    @property
    def places(self) -> Sequence[Widget]:
        """What one can go to: the panes that are there, or their tabs."""
        if self.is_small or self._zoomed:
            return list(self.query(Tab))
        return [pane for pane in (self.query_one(f"#{name}") for name in PANES) if pane.display]

    def go_to(self, place: Widget) -> None:
        """Go to one of `places`."""
        self.action_pane(str(place.id).removeprefix("tab-"))

    def action_zoom(self) -> None:
        """Fill the screen with the pane that has the focus, or show all again."""
        self._zoomed = not self._zoomed and not self.is_small
        self._lay_out()

    def action_widen(self, way: int) -> None:
        """Move the border between the columns, so that the pane becomes wider or narrower."""
        way = way if self.active in RIGHT else -way
        self._resize(Shares(self.shares.right + way * STEP, self.shares.bottom, self.shares.upper))

    def action_heighten(self, way: int) -> None:
        """Move the border above or below the pane, so that it becomes higher or lower."""
        right, bottom, upper = self.shares.right, self.shares.bottom, self.shares.upper
        if self.active in RIGHT:
            self._resize(Shares(right, bottom, upper + STEP * (way if self.active in SHARED else -way)))
        else:
            self._resize(Shares(right, bottom + STEP * (-way if self.active == "attempts" else way), upper))

    def action_even(self) -> None:
        """Give the panes the sizes that they had at first."""
        self._resize(Shares())

    @property
    def is_zoomed(self) -> bool:
        """Whether one pane fills the screen, though there is room for all."""
        return self._zoomed

    @property
    def is_small(self) -> bool:
        """Whether there is room for one pane only."""
        size = self.app.size  # which is known before the screen's own
        return size.width < PANES_WIDTH or size.height < PANES_HEIGHT

    def _resize(self, shares: Shares) -> None:
        shares = shares.within_bounds()
        if self.is_small or self._zoomed or shares == self.shares:
            return
        self.shares = shares
        self._share()
        self.post_message(self.Shared(shares))

    def _share(self) -> None:
        """Give the grid its tracks: the left column has two, since two panes are side by side at its bottom."""
        panes, shares = self.query_one("#panes", Container), self.shares.within_bounds()
        left = (100 - shares.right) / 2
        panes.styles.grid_columns = f"{left}fr {left}fr {shares.right}fr"
        panes.styles.grid_rows = f"{shares.upper}fr {100 - shares.bottom - shares.upper}fr {shares.bottom}fr"

    def _mark_tab(self) -> None:
        """Let the tab of the active pane be the active one, if there are tabs yet."""
        for tab in self.query(f"#tab-{self.active}"):
            self.query_one(Tabs).active = str(tab.id)

    def _lay_out(self) -> None:
        """Show all panes where there is room, else the active one.

        Set here and not by style sheet, since only what is displayed at once can be focused at once.
        """
        tabbed = self.is_small or self._zoomed
        self.set_class(tabbed, "-tabbed")
        self.set_class(self.is_small, "-small")
        if tabbed and not self.query(Tabs):  # a start is quicker without
            self.mount(self.tabs(), before="#panes")
            self.call_after_refresh(self._mark_tab)
        if self.active in SHARED:
            self._front = self.active
        for pane in PANES:
            is_in_front = pane not in SHARED or pane == self._front
            self.query_one(f"#{pane}").display = pane == self.active if tabbed else is_in_front
