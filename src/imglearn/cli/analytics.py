"""`imglearn analytics`: the questions as flags of one command, for those who know them so."""

from __future__ import annotations

from typing import Any

import click

from imglearn.cli.feedback import what_feedback_does
from imglearn.cli.options import tell
from imglearn.cli.questions import examples
from imglearn.cli.reading import Answer, answers, filter_of, filtered, no_attempts
from imglearn.reporting import advice, tables


@click.command(
    epilog=examples(
        "imglearn analytics --report",
        "imglearn analytics --category wood_hardwood --physics-violations",
        "imglearn analytics --search-feedback dust --json",
    )
)
@click.option("--report", "report", is_flag=True, help="Everything; the default. See: imglearn report")
@click.option("--category", metavar="C", help="The figures of this category; with other questions, only its attempts.")
@click.option("--physics-violations", "violations", is_flag=True, help="See: imglearn violations")
@click.option("--feedback-effectiveness", "effectiveness", is_flag=True, help="See: imglearn feedback effectiveness")
@click.option("--feedback-patterns", "patterns", is_flag=True, help="See: imglearn feedback patterns")
@click.option("--search-feedback", "search", metavar="T", help="See: imglearn feedback search")
@click.option(
    "--best-feedback", "best", metavar="[C]", is_flag=False, flag_value="", help="See: imglearn feedback best"
)
@click.option("--truncation-impact", "truncation", is_flag=True, help="See: imglearn truncation")
@click.option("--recent", "recent", type=click.IntRange(0), metavar="N", help="See: imglearn recent")
@filtered("category")
@answers
def command(answer: Answer, **flags: Any) -> None:
    """Answer the questions that are named, in order; without one the whole report.

    With --json an object with an answer for each question. --csv goes with one question only, and of the report with
    the categories.
    """
    asked = filter_of(flags)
    with answer.log() as log:
        wanted: dict[str, tuple[Any, Any]] = {}
        if flags["violations"]:
            wanted["physics_violations"] = (log.get_common_physics_violations(filter=asked), tables.violations)
        if flags["effectiveness"]:
            wanted["feedback_effectiveness"] = (what_feedback_does(log, asked), advice.feedback_effectiveness)
        if flags["patterns"]:
            wanted["feedback_patterns"] = (log.get_feedback_patterns(filter=asked), tables.feedback_patterns)
        if flags["search"] is not None:
            wanted["search_feedback"] = (log.search_feedback(flags["search"], 20, asked), tables.feedback_matches)
        if flags["best"] is not None:
            within = {**asked, "category": flags["best"]} if flags["best"] else asked
            wanted["best_feedback"] = (log.get_best_feedback_examples(filter=within), tables.best_feedback)
        if flags["truncation"]:
            wanted["truncation_impact"] = (log.get_prompt_truncation_impact(asked), tables.truncation_impact)
        if flags["recent"] is not None:
            wanted["recent"] = (log.get_recent_attempts(flags["recent"], asked), tables.attempts)
        if flags["category"] is not None and not wanted and not flags["report"]:
            wanted["category_stats"] = ([log.get_category_stats(filter=asked)], tables.category_stats)
        if flags["report"] or not wanted:
            wanted = {"report": (log.get_report(asked), advice.report), **wanted}
        if not log.get_recent_attempts(1, asked):
            tell(no_attempts(log, flags))
            if wanted.keys() <= {"report"} and not answer.as_json:
                return
        _show(answer, wanted)


def rows_of(found: Any) -> list[dict[str, Any]]:
    """Return the lines of an answer's CSV: its list, its two groups, or of the report the categories."""
    if isinstance(found, list):
        return found
    if "categories" in found:
        categories: list[dict[str, Any]] = found["categories"]
        return categories
    return [{"group": name, **group} for name, group in found.items() if isinstance(group, dict) and "total" in group]


def _show(answer: Answer, wanted: dict[str, tuple[Any, Any]]) -> None:
    if answer.as_csv:
        found, draw = next(iter(wanted.values()))
        if len(wanted) > 1:
            raise click.UsageError("--csv goes with one question; name one, or take --json")
        answer.show(found, draw, rows=rows_of)
        return
    for name, (found, _) in wanted.items():
        if not found:
            tell(f"{name.replace('_', ' ')}: nothing yet")
    answer.show(
        {name: found for name, (found, _) in wanted.items()},
        lambda _: [table for found, draw in wanted.values() if found for table in draw(found)],
    )
