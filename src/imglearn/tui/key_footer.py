"""The line at the bottom that names the keys that work now."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer


class KeyFooter(Footer):
    """A footer that is composed anew only where the keys are others: it is told whenever they might be, which is
    several times while the app starts and with every change of the focus, and each of its keys is a widget.
    """

    _composed: tuple[object, ...] | None = None  # of which keys it is made
    _is_due = False  # whether it will be composed anew, with the keys that will work then

    def compose(self) -> ComposeResult:
        """Name the keys that work now."""
        if self._bindings_ready:
            self._composed, self._is_due = self._keys, False
        yield from super().compose()

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Name the keys anew, where any was added, left out, renamed or turned off."""
        can_compose = screen.app.app_focus and self.is_attached and screen is self.screen
        if can_compose and (self._is_due or self._keys == self._composed):
            return
        self._is_due = can_compose
        super().bindings_changed(screen)

    @property
    def _keys(self) -> tuple[object, ...]:
        return tuple(
            (binding.key, binding.action, binding.description, enabled, tooltip, self.app.get_key_display(binding))
            for _, binding, enabled, tooltip in self.screen.active_bindings.values()
            if binding.show
        )
