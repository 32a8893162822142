"""`imglearn feedback`: what was said, by people and programs, and what it did."""

from __future__ import annotations

from typing import Any

import click

from imglearn.cli import inbox
from imglearn.cli.options import whole_id
from imglearn.cli.questions import examples, groups
from imglearn.cli.reading import Answer, answers, filter_of, filtered, learnable, no_attempts, no_group, nothing
from imglearn.logger import ImageGenerationLogger
from imglearn.remarks import GUIDE
from imglearn.reporting import advice, tables
from imglearn.store import attempts


@click.group()
def feedback() -> None:
    """Add feedback, find it, and see what it did."""


for steering in (inbox.add, inbox.edit, inbox.done, inbox.next_remark, inbox.pending):
    feedback.add_command(steering)


def what_feedback_does(log: ImageGenerationLogger, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the plain figures, and beside them `effects`, without which they mislead."""
    return {**log.get_feedback_effectiveness(asked), "effects": log.get_feedback_effects(learnable(asked))}


@feedback.command(
    epilog=examples("imglearn feedback effectiveness", "imglearn feedback effectiveness --category polymer")
)
@filtered()
@answers
def effectiveness(answer: Answer, **flags: Any) -> None:
    """Compare attempts with feedback applied with those without, plainly and retry by retry."""
    with answer.log() as log:
        found = what_feedback_does(log, filter_of(flags))
        answer.show(
            found,
            advice.feedback_effectiveness,
            rows=groups("before_feedback", "after_feedback"),
            empty=lambda: no_attempts(log, flags),
            is_empty=no_group(found, "before_feedback", "after_feedback"),
        )


@feedback.command(epilog=examples("imglearn feedback effects", "imglearn feedback effects --model imagen-4 --json"))
@filtered()
@answers
def effects(answer: Answer, **flags: Any) -> None:
    """Show what feedback does to the retries that get it, kind by kind, with all else held equal.

    Feedback goes to what failed, and what failed does better the next time by itself: so retries with it are compared
    with retries without, after attempts with the same score in the same category, with the same model at the same time.
    """
    with answer.log() as log:
        found = log.get_feedback_effects(learnable(filter_of(flags)))
        answer.show(
            found,
            advice.feedback_effects,
            empty=lambda: nothing(*_NONE_APPLIED, flags),
            is_empty=not any(row["n"] for row in found),
        )


@feedback.command(epilog=examples("imglearn feedback patterns", "imglearn feedback patterns --model imagen-4"))
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=10, show_default=True, help="How many.")
@filtered()
@answers
def patterns(answer: Answer, limit: int, **flags: Any) -> None:
    """Show how attempts did by the kind of feedback applied to them."""
    with answer.log() as log:
        found = log.get_feedback_patterns(limit, filter_of(flags))
        answer.show(found, tables.feedback_patterns, empty=lambda: nothing(*_NONE_APPLIED, flags))


@feedback.command(
    epilog=examples(
        "imglearn feedback search dust settle", "imglearn feedback search '\"low points\" OR rust -steel' --passed"
    )
)
@click.argument("words", nargs=-1, required=True)
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=20, show_default=True, help="How many.")
@click.option("--newest", is_flag=True, help="Those stored last, instead of the best.")
@filtered()
@answers
def search(answer: Answer, words: tuple[str, ...], limit: int, newest: bool, **flags: Any) -> None:
    """Find feedback, issues, notes and remarks by their words, best match first.

    Of more than 1,000 matches the best of the 1,000 stored last are shown.

    Words are found in any form (settle finds settling). "A phrase", this OR that, -not and begin* work; any other
    text is taken as words.
    """
    with answer.log() as log:
        found = log.search_feedback(" ".join(words), limit, filter_of(flags), "newest" if newest else "best")
        answer.show(found, tables.feedback_matches, empty=lambda: _NOTHING_FOUND)


@feedback.command(epilog=examples("imglearn feedback best", "imglearn feedback best wood_hardwood -n 3"))
@click.argument("category", required=False)
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=5, show_default=True, help="How many.")
@filtered("category", "passed", "failed", "unknown")
@answers
def best(answer: Answer, category: str | None, limit: int, **flags: Any) -> None:
    """Show the feedback whose attempts passed with the highest scores; near-identical texts once."""
    flags["category"] = category
    with answer.log() as log:
        found = log.get_best_feedback_examples(limit=limit, filter=filter_of(flags))
        answer.show(found, tables.best_feedback, empty=lambda: nothing(*_NONE_APPLIED, flags))


@feedback.command(
    "list", epilog=examples("imglearn feedback list", "imglearn feedback list --material Birch --since 2d --json")
)
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=20, show_default=True, help="How many.")
@click.option("--attempt", "attempt_id", metavar="ID", help="Only remarks about this attempt.")
@click.option("--superseded", is_flag=True, help="Also those that a later one took the place of.")
@filtered("model", "passed", "failed", "unknown", "min_score", "max_score")
@answers
def list_remarks(answer: Answer, limit: int, attempt_id: str | None, superseded: bool, **flags: Any) -> None:
    """List the remarks that people made, newest first, and what became of each.

    A remark is pending, applied (to which attempts, and how they went), done, or superseded by another one.
    """
    with answer.log() as log:
        if attempt_id is not None:
            attempt_id = whole_id(attempt_id, attempts.find_by_prefix(log.store, attempt_id, limit=3), "--attempt")
        found = log.get_feedback(limit, attempt_id, superseded, filter_of(flags))
        answer.show(
            found, tables.remarks, empty=lambda: nothing("remarks", "add one with: imglearn feedback add TEXT", flags)
        )


@feedback.command(epilog=examples("imglearn feedback guide"))
@answers
def guide(answer: Answer) -> None:
    """Say what kinds of feedback there are, and what to write in each. Any other word is accepted and kept as well."""
    answer.show([{"kind": kind, "guide": line} for kind, line in GUIDE.items()], tables.guide)


_NOTHING_FOUND = "nothing found; try fewer words, or the beginning of one: dus*"
_NONE_APPLIED = (
    "attempts with feedback applied",
    "log it with: imglearn log --feedback TEXT --feedback-category physics",
)
