"""Commands that say what the log teaches for the next attempt."""

from __future__ import annotations

from typing import Any

import click

from imglearn.cli.options import tell, whole_id
from imglearn.cli.questions import examples
from imglearn.cli.reading import Answer, answers, filter_of, filtered, learnable, no_attempts, nothing
from imglearn.reporting import advice as tables
from imglearn.store import attempts
from imglearn.text import safe_line


@click.command(epilog=examples("imglearn hygiene", "imglearn hygiene --since 7d --json"))
@filtered()
@answers
def hygiene(answer: Answer, **flags: Any) -> None:
    """Show which attempts can be learned from, which can't, and why. All advice rests on these alone."""
    with answer.log() as log:
        found = log.get_hygiene(filter_of(flags))
        answer.show(
            found,
            tables.hygiene,
            rows=lambda found: found["left_out"],
            empty=lambda: no_attempts(log, flags),
            is_empty=not found["attempts"],
        )


@click.command(epilog=examples("imglearn suggest wood_hardwood", "imglearn suggest polymer --model imagen-4 --json"))
@click.argument("category")
@click.option("--model", metavar="TEXT", help="The model to use. Default: the one in use.")
@click.option("--material", metavar="TEXT", help="What the picture shows.")
@click.option(
    "--optuna", "storage", metavar="URL", help="Write the attempts as an Optuna study instead: sqlite:///study.db"
)
@answers
def suggest(answer: Answer, category: str, model: str | None, material: str | None, storage: str | None) -> None:
    """Suggest settings for the next attempt in a CATEGORY, with the score to expect, and the change worth trying.

    The safe settings are those whose expected score is high even less four standard deviations, among values that
    were tried; each is told with what it brings over the usual one. A category without attempts borrows from the
    others.
    """
    with answer.log() as log:
        if storage is not None:
            if model is not None or material is not None:
                raise click.UsageError("--optuna writes all attempts of the category; leave --model and --material out")
            name, trials = log.export_study(category, storage)
            tell(f"wrote the study {name!r} with {trials:,} trials to {storage}")
            return
        found = log.suggest_parameters(category, model, material)
        answer.show(
            found,
            tables.suggestion,
            rows=lambda found: [{"param": name, "value": value} for name, value in found["params"].items()],
            empty=lambda: no_attempts(log, {}),
            is_empty=not found["params"],
        )


@click.command(epilog=examples("imglearn importance", "imglearn importance wood_hardwood --model imagen-4"))
@click.argument("category", required=False)
@filtered("category")
@answers
def importance(answer: Answer, category: str | None, **flags: Any) -> None:
    """Show how much each parameter matters within a category, and what may be luck; or in one CATEGORY."""
    with answer.log() as log:
        found = log.get_importance(category, filter=learnable(filter_of(flags)))
        answer.show(
            found,
            tables.importance,
            empty=lambda: (
                f"no attempt in {safe_line(category)} counts: imglearn hygiene says which do"
                if category is not None
                else nothing("parameters", "log them with: imglearn log --param steps=30 ...", flags)
            ),
            is_empty=not any(row["n"] for row in found),
        )


@click.command(epilog=examples("imglearn correlations", "imglearn correlations --model imagen-4 --csv"))
@filtered()
@answers
def correlations(answer: Answer, **flags: Any) -> None:
    """Show what goes together: all parameters and outcomes, within a category, as a heat map."""
    with answer.log() as log:
        found = log.get_correlation_matrix(learnable(filter_of(flags)))
        answer.show(
            found,
            tables.correlations,
            rows=lambda found: found["pairs"],
            empty=lambda: no_attempts(log, flags),
            is_empty=not found["n"],
        )


@click.command(epilog=examples("imglearn changes", "imglearn changes --category wood_hardwood --since 90d"))
@filtered()
@answers
def changes(answer: Answer, **flags: Any) -> None:
    """Show when scores changed for good: of everything, of a model or of a category."""
    with answer.log() as log:
        found = log.get_change_points(learnable(filter_of(flags)))
        answer.show(found, tables.change_points, empty=lambda: nothing(*_NO_CHANGE, flags))


@click.command(
    epilog=examples("imglearn advise", 'imglearn advise --issue "dust floats in mid-air"', "imglearn advise 5a7e8db1")
)
@click.argument("id", required=False)
@click.option("--issue", metavar="TEXT", help="What is wrong, in any words.")
@click.option("--category", metavar="TEXT", help="What happened in this category only.")
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=5, show_default=True, help="How many.")
@answers
def advise(answer: Answer, id: str | None, issue: str | None, category: str | None, limit: int) -> None:
    """Show feedback that fixed an issue before: of the attempt ID, of a text, or without either what helps most.

    Ranked by how well it fits and how much more it brought than a retry without feedback. What does harm is left out.
    """
    with answer.log() as log:
        if issue is not None and not issue.strip():
            raise click.UsageError("--issue: wants words that say what is wrong")
        if id is not None:
            id = whole_id(id, attempts.find_by_prefix(log.store, id, limit=3), "ID")
        found = log.suggest_feedback(issue, id, category, limit)
        asked = issue is not None or id is not None
        answer.show(
            found, tables.fixes, empty=lambda: _none_fits() if asked and log.suggest_feedback() else _NO_FEEDBACK
        )


def _none_fits() -> str:
    from imglearn.learning.likeness import compared_by

    said = "no feedback that helped fits this; what helps most at all: imglearn advise"
    return f"{said}; to find it in other words: pip install 'imglearn[semantic]'" if compared_by() == "words" else said


_NO_CHANGE = (
    "change of the scores that is clear beyond luck",
    "a model, a category or all need 40 chains of attempts before one can be seen",
)
_NO_FEEDBACK = (
    "no feedback was applied that helped; log it with: imglearn log --feedback TEXT --retry-of ID --score 82 ..."
)
