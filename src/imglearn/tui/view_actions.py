"""Opening a view over the panes, and closing it again."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from imglearn.tui.keymap import hint, sign
from imglearn.tui.telling import TellingScreen
from imglearn.tui.views.view import View

VIEWS = {
    "advice": ("a", "Advice", "Advice for the next attempt: settings, and what fixed such issues before"),
    "trends": ("t", "Trends", "Trends: pass rate and score with time, by category or model"),
    "categories": ("c", "Categories", "Every category: how sure its rate is, how it went lately, its issues"),
    "models": ("m", "Models", "The models side by side, in all and within each category"),
    "violations": ("i", "Violations", "The physics issues, and where each comes up"),
    "matters": ("n", "What matters", "How much each parameter matters, what goes together, and what counts"),
    "alerts": ("exclamation_mark", "Alerts", "What got worse, and what is watched"),
    "library": ("b", "Feedback library", "The kinds of feedback, what they do, the best examples"),
}


class ViewActions(TellingScreen):
    """A screen whose panes give way to a view. The view is made when it is opened, so that a start costs nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"open_view('{name}')", title, show=False, id=f"views.{name}", tooltip=tooltip)
        for name, (key, title, tooltip) in VIEWS.items()
    ]

    view: View | None = None
    """The view that is open."""

    async def action_open_view(self, name: str) -> None:
        """Open a view, in the place of another; or close it where it is open."""
        if self.view_name == name:
            self.close_view()
        else:
            await self.open_view(name)

    @property
    def view_name(self) -> str | None:
        """The name of the view that is open."""
        return None if self.view is None else str(self.view.id).removeprefix("view-")

    async def open_view(self, name: str) -> None:
        """Open a view, as it was left."""
        if self.view is not None:
            self.view.display = False
        left = self.query(f"#view-{name}")
        self.view = left.first(View) if left else _made(name, self.path)
        if left:
            self.view.styles.clear_rule("display")
        else:
            await self.mount(self.view, before="#problem")
        self.view.about(self.shown_id)
        self.add_class("-view")
        self.view_changed()

    @property
    def shown_id(self) -> str | None:
        """The id of the attempt that is shown in full, None for the newest."""
        raise NotImplementedError

    @property
    def view_hints(self) -> list[Content]:
        """Which key opens which view; of an open one, which closes it. A click does the same."""
        if self.view is not None:
            return [hint(f"{sign(self, 'app.back')} back", "screen.back")]
        return [hint(f"{sign(self, f'views.{name}')} {name}", f"screen.open_view('{name}')") for name in VIEWS]

    def close_view(self) -> bool:
        """Close the view; return whether one was open."""
        if self.view is None:
            return False
        self.view.display = False
        self.view = None
        self.remove_class("-view")
        self.view_changed()
        return True

    def view_changed(self) -> None:
        """Attend to the view that is open now, or to the panes."""
        raise NotImplementedError


# Where each view is: imported when it is opened.
_WHERE = {
    "trends": "TrendsView",
    "categories": "CategoriesView",
    "models": "ModelsView",
    "violations": "ViolationsView",
    "library": "LibraryView",
    "advice": "AdviceView",
    "matters": "MattersView",
    "alerts": "AlertsView",
}


def _made(name: str, path: Path) -> View:
    kind: type[View] = getattr(import_module(f"imglearn.tui.views.{name}"), _WHERE[name])
    return kind(path, f"view-{name}")
