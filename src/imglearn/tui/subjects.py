"""What a remark is about, by the row that the reader is on."""

from __future__ import annotations

from msgspec import Struct

from imglearn.analytics.categories import CategoryStats
from imglearn.analytics.category_overview import CategoryOverview
from imglearn.records import Attempt, Feedback
from imglearn.store.attempts import AttemptSummary, FedAttempt
from imglearn.store.pending import PendingRemark
from imglearn.store.search import FeedbackMatch
from imglearn.text import safe_line
from imglearn.tui.cells import clock, number
from imglearn.tui.queries import AttemptDetail, CategoryDetail


class Subject(Struct, frozen=True):
    """What a remark is about, in words, and the fields that say so; for an edit, the text and kind it had before."""

    title: str
    fields: dict[str, str]
    text: str = ""
    kind: str = ""

    @property
    def is_edit(self) -> bool:
        """Whether an earlier remark is replaced."""
        return "supersedes" in self.fields


def of_new_remark(row: object) -> Subject:
    """Return what a remark that is written at a row is about: an attempt, a category, or everything."""
    if isinstance(row, AttemptSummary):
        return _attempt(row.id, row.material, row.category, _outcome(row))
    if isinstance(row, FeedbackMatch | PendingRemark | Feedback):
        if row.attempt_id is not None:
            return _attempt(row.attempt_id, row.material, row.category)
        about = {name: value for name, value in (("material", row.material), ("category", row.category)) if value}
        return Subject(_named(row.material, row.category) or "everything", about)
    if isinstance(row, AttemptDetail):
        shown = row.attempt
        return _attempt(shown.id, shown.material, shown.category, _outcome(shown))
    if isinstance(row, FedAttempt):
        return _attempt(row.id, row.material, None)
    if isinstance(row, CategoryOverview | CategoryDetail):
        row = row.stats
    if isinstance(row, CategoryStats) and row.category:
        return Subject(f"category {safe_line(row.category, 40)}", {"category": row.category})
    return Subject("everything", {})


def of_edit(row: object) -> Subject | None:
    """Return the remark at a row as one to be replaced; None where the row is none."""
    if isinstance(row, PendingRemark | Feedback):
        text, kind = row.text, row.feedback_category
    elif isinstance(row, FeedbackMatch) and row.remark:
        text, kind = row.feedback_text or "", row.feedback_category
    else:
        return None
    title = _named(row.material, row.category) or "everything"
    return Subject(title, {"supersedes": row.id}, text=" ".join(text.split()), kind=kind or "")


def _attempt(id: str, material: str | None, category: str | None, outcome: str = "") -> Subject:
    words = (_named(material, category), outcome, safe_line(id[:8]))
    return Subject(" · ".join(word for word in words if word), {"attempt_id": id})


def _outcome(attempt: Attempt | AttemptSummary) -> str:
    score = attempt.realism_score
    return f"{'' if score is None else f'{number(score, 2)}/100 · '}{clock(attempt.timestamp)}"


def _named(material: str | None, category: str | None) -> str:
    return " · ".join(safe_line(name, 30) for name in (material, category) if name)
