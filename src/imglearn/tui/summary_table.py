"""A table of figures whose rows each stand for some attempts: Enter lists these."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from imglearn.tui.columns import Row
from imglearn.tui.table import RecordTable


class SummaryTable(RecordTable[Row]):
    """Its details follow the highlight; opening a row narrows the attempts down to those it stands for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "List", id="summary.open", tooltip="Filter by the highlighted row"),
    ]
