"""All keys of the app, by where they work: what the help shows, and what the settings may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding
from textual.dom import DOMNode

from imglearn.tui.attempts_table import AttemptsTable
from imglearn.tui.copying import CopyScreen
from imglearn.tui.detail import DetailPane
from imglearn.tui.detail_actions import DetailActions
from imglearn.tui.filter_actions import FilterActions
from imglearn.tui.filter_bar import FilterBar
from imglearn.tui.help import HelpScreen
from imglearn.tui.inbox_table import InboxTable
from imglearn.tui.jump import JumpScreen
from imglearn.tui.keymap import own_bindings
from imglearn.tui.main_screen import MainScreen
from imglearn.tui.menu_screen import MenuScreen
from imglearn.tui.name_screen import NameScreen
from imglearn.tui.navigation import Navigation
from imglearn.tui.pane_layout import PaneLayout
from imglearn.tui.picture_screen import PictureScreen
from imglearn.tui.remark_actions import RemarkActions
from imglearn.tui.remark_screen import RemarkScreen
from imglearn.tui.summary_table import SummaryTable
from imglearn.tui.table import RecordTable
from imglearn.tui.view_actions import ViewActions
from imglearn.tui.views.alerts import AlertsView
from imglearn.tui.views.trends import TrendsView
from imglearn.tui.views.violations import ViolationsView
from imglearn.tui.write_actions import WriteActions

_EVERYWHERE = (
    MainScreen,
    Navigation,
    FilterActions,
    ViewActions,
    PaneLayout,
    RemarkActions,
    WriteActions,
    DetailActions,
)
_GROUPS: dict[str, tuple[type[DOMNode], ...]] = {
    "Anywhere": (MainScreen, Navigation, FilterActions, WriteActions),
    "Views": (ViewActions,),
    "Panes": (PaneLayout,),
    "Remarks": (RemarkActions,),
    "With the attempt that is shown": (DetailActions,),
    "In a table": (RecordTable,),
    "In the attempts": (AttemptsTable,),
    "In a table of figures": (SummaryTable,),
    "In the trends": (TrendsView,),
    "In the violations": (ViolationsView,),
    "In the alerts": (AlertsView,),
    "In the inbox": (InboxTable,),
    "In the details": (DetailPane,),
    "In the filter": (FilterBar,),
    "Writing a remark": (RemarkScreen,),
    "Giving a name": (NameScreen,),
    "In a menu": (MenuScreen,),
    "Copying": (CopyScreen,),
    "With the picture": (PictureScreen,),
    "In the help": (HelpScreen,),
    "Jumping": (JumpScreen,),
}
# What listens at the same time: of two bindings with one key in one of these, only one would do anything.
_TOGETHER: dict[str, tuple[type[DOMNode], ...]] = {
    "the attempts": (*_EVERYWHERE, RecordTable, AttemptsTable),
    "the feedback": (*_EVERYWHERE, RecordTable),
    "the inbox": (*_EVERYWHERE, RecordTable, InboxTable),
    "the categories and violations": (*_EVERYWHERE, RecordTable, SummaryTable),
    "the details": (*_EVERYWHERE, DetailPane),
    "the trends": (*_EVERYWHERE, RecordTable, SummaryTable, TrendsView),
    "the violations": (*_EVERYWHERE, RecordTable, SummaryTable, ViolationsView),
    "the alerts": (*_EVERYWHERE, RecordTable, AlertsView),
    "the filter": (FilterBar,),
    "a remark": (RemarkScreen,),
    "a name": (NameScreen,),
    "a menu": (MenuScreen,),
    "what is copied": (CopyScreen,),
    "the picture": (PictureScreen,),
    "the help": (HelpScreen,),
    "jumping": (JumpScreen,),
}

TYPED_IN = ("the filter", "a remark", "a name")
SEARCHED = ("the help",)  # where one may type as well: what has priority would take the letter


def key_groups() -> Mapping[str, list[Binding]]:
    """Return the bindings by where they work, each by its id once."""
    return {title: _bindings(owners) for title, owners in _GROUPS.items()}


def listening_together() -> Mapping[str, list[Binding]]:
    """Return the bindings that listen at the same time, by what has the focus then."""
    return {title: _bindings(owners) for title, owners in _TOGETHER.items()}


def _bindings(owners: Iterable[type[DOMNode]]) -> list[Binding]:
    return [binding for owner in owners for binding in own_bindings(owner)]
