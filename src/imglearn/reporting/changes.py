"""What a retry changed, in words: the same on the command line and in the app."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from imglearn.analytics.attempt_changes import AttemptChanges, Piece
from imglearn.reporting.layout import Column, Table, short_id
from imglearn.reporting.values import shown

NOTHING = "Settings, prompts, feedback and issues are the same."
TOO_LONG = "changed; too long to be compared word by word"
_MARKS = {"removed": ("[-", "-]"), "added": ("{+", "+}"), "same": ("", "")}
_CONTEXT = 6  # words on each side of a change
_LABELS = {"feedback_text": "feedback", "negative_prompt": "negative prompt"}
_NAME = Column("", lambda row: str(row["name"]), number=False, whole=True)
_VALUE = Column("", lambda row: str(row["value"]), number=False)


class ChangeLine(NamedTuple):
    """A line under a label: a text, or the pieces of one."""

    label: str
    said: str | tuple[Piece, ...]


def moved(changes: AttemptChanges) -> str:
    """Return how verdict and score moved, such as `70 fail -> 82 pass, +12`."""
    before = _outcome(changes.score_before, changes.verdict_before)
    after = _outcome(changes.score_after, changes.verdict_after)
    change = changes.score_change
    if change is None:
        return f"{before} → {after}"
    return f"{before} → {after}, {f'{round(change, 2):+g}' if round(change, 2) else 'no change'}"


def lines(changes: AttemptChanges) -> Iterator[ChangeLine]:
    """Yield each change: settings, texts, then issues that are gone, new and kept."""
    for setting in changes.settings:
        yield ChangeLine(setting.name, f"{_value(setting.before)} → {_value(setting.after)}")
    for text in changes.texts:
        label = _LABELS.get(text.name, text.name)
        yield ChangeLine(label, TOO_LONG if text.pieces is None else tuple(_in_context(text.pieces)))
    for label, issues in (
        ("issue gone", changes.issues_gone),
        ("issue new", changes.issues_new),
        ("issue kept", changes.issues_kept),
    ):
        for issue in issues:
            yield ChangeLine(label, issue)


def marked(piece: Piece) -> str:
    """Return a piece with signs round what was removed (`[-…-]`) and added (`{+…+}`), the blanks outside of them."""
    start, end = _MARKS[piece.kind]
    words = piece.text.strip()
    if not words or not start:
        return piece.text
    before, _, after = piece.text.partition(words)
    return f"{before}{start}{words}{end}{after}"


def change_table(changes: AttemptChanges) -> Table:
    """Return what was changed since the attempt before, as a table."""
    rows: list[Mapping[str, str]] = [{"name": line.label, "value": _plain(line.said)} for line in lines(changes)]
    title = f"Since {short_id(changes.before)}, which it retries: {moved(changes)}"
    cells = tuple((_NAME.cell(row), _VALUE.cell(row)) for row in rows)
    return Table(title, (_NAME, _VALUE) if rows else (), cells, () if rows else (NOTHING,))


def _plain(said: str | tuple[Piece, ...]) -> str:
    return said if isinstance(said, str) else "".join(map(marked, said)).strip()


def _in_context(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces, of long ones that are the same only the words next to a change."""
    pieces = list(pieces)
    for place, piece in enumerate(pieces):
        words = re.findall(r"\s*\S+", piece.text)
        at_start, at_end = place == 0, place == len(pieces) - 1
        kept = _CONTEXT * (2 - at_start - at_end)
        if piece.kind != "same" or len(words) <= kept + 1:
            yield piece
            continue
        before = "" if at_start else "".join(words[:_CONTEXT])
        after = "" if at_end else "".join(words[-_CONTEXT:])
        yield Piece("same", f"{before} …{after}".lstrip() if at_start else f"{before} …{after}")


def _outcome(score: float | None, verdict: str) -> str:
    return verdict if score is None else f"{score:g} {verdict}"


def _value(value: object) -> str:
    return "not given" if value is None else shown(value) or "none"
