"""Commands that answer a question each about all attempts, or about those that the filter flags leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from imglearn.cli.reading import Answer, answers, filter_of, filtered, no_attempts, no_group, nothing
from imglearn.questions import Questions
from imglearn.records import COMMON_NAMES
from imglearn.reporting import advice, tables


def examples(*lines: str) -> str:
    """Return the examples at the end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.command(
    epilog=examples("imglearn report", "imglearn report --model imagen-4 --since 7d", "imglearn report --json")
)
@filtered()
@answers
def report(answer: Answer, **flags: Any) -> None:
    """Show everything that the log says: the whole report.

    Rates are of the attempts with a known verdict, with their 95 % interval (Wilson); means are of the attempts with
    a score. With --csv only the categories.
    """
    with answer.log() as log:
        found = log.get_report(filter_of(flags))
        answer.show(
            found,
            advice.report,
            rows=lambda found: found["categories"],
            empty=lambda: no_attempts(log, flags),
            is_empty=not found["overall"]["total_attempts"],
        )


@click.command(epilog=examples("imglearn stats", "imglearn stats wood_hardwood", "imglearn stats --since 7d --csv"))
@click.argument("category", required=False)
@filtered("category")
@answers
def stats(answer: Answer, category: str | None, **flags: Any) -> None:
    """Show the figures of every category, or of one with its common issues."""
    flags["category"] = category
    with answer.log() as log:
        found = log.get_category_stats(filter=filter_of(flags))
        found = [found] if isinstance(found, dict) else found
        answer.show(
            [row for row in found if row["total_attempts"]],
            tables.category_stats,
            empty=lambda: no_attempts(log, flags),
        )


@click.command(
    epilog=examples(
        "imglearn violations", "imglearn violations -n 3 --category metal_ferrous", 'imglearn violations "Dust floats"'
    )
)
@click.argument("issue", required=False)
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=10, show_default=True, help="How many.")
@filtered()
@answers
def violations(answer: Answer, issue: str | None, limit: int, **flags: Any) -> None:
    """Show the physics issues that were named most often; or of one ISSUE, where it is named."""
    with answer.log() as log:
        if issue is not None:
            where = log.get_issue_breakdown(issue, filter_of(flags))
            answer.show(
                where,
                tables.issue_breakdown,
                rows=lambda where: [{"split": split, **row} for split, rows in where.items() for row in rows],
                empty=lambda: nothing("attempts that name it", "imglearn violations lists the issues", flags),
                is_empty=not where["categories"],
            )
            return
        found = log.get_common_physics_violations(limit, filter=filter_of(flags))
        answer.show(
            found,
            tables.violations,
            empty=lambda: nothing("physics issues", "log them with: imglearn log --issue TEXT ...", flags),
        )


@click.command(epilog=examples("imglearn truncation", "imglearn truncation --category wood_hardwood --json"))
@filtered()
@answers
def truncation(answer: Answer, **flags: Any) -> None:
    """Compare attempts whose validation prompt was cut with the others."""
    with answer.log() as log:
        found = log.get_prompt_truncation_impact(filter_of(flags))
        answer.show(
            found,
            tables.truncation_impact,
            rows=groups("non_truncated", "truncated"),
            empty=lambda: no_attempts(log, flags),
            is_empty=no_group(found, "non_truncated", "truncated") and not found["unknown"],
        )


@click.command(
    epilog=examples(
        "imglearn trend", "imglearn trend --by week --model imagen-4", "imglearn trend --by month --split category"
    )
)
@click.option(
    "--by",
    "bucket",
    type=click.Choice(["minute", "hour", "day", "week", "month"]),
    default="day",
    show_default=True,
    help="The length of a step (UTC).",
)
@click.option("--split", type=click.Choice(["category", "model"]), help="Within each category, or with each model.")
@filtered()
@answers
def trend(answer: Answer, bucket: str, split: str | None, **flags: Any) -> None:
    """Show how attempts, pass rate and score moved with time."""
    with answer.log() as log:
        if split is not None:
            answer.show(
                log.get_split_trend(split, bucket, filter=filter_of(flags)),
                lambda found: tables.split_trend(split, found),
                rows=lambda found: [{split: one["name"], **point} for one in found for point in one["points"]],
                empty=lambda: no_attempts(log, flags),
            )
            return
        asked = filter_of(flags)
        answer.show(
            log.get_trend(bucket, asked),
            lambda found: tables.trend(found, note=advice.drift(log.get_drift(asked))),
            empty=lambda: no_attempts(log, flags),
        )


@click.command(epilog=examples("imglearn models", "imglearn models --category wood_hardwood"))
@filtered()
@answers
def models(answer: Answer, **flags: Any) -> None:
    """Compare the models, in all and within each category."""
    with answer.log() as log:
        found = log.compare_models(filter_of(flags))
        answer.show(
            found,
            lambda found: [*tables.models(found), *advice.model_pairs(found["pairs"])],
            rows=lambda found: [
                {"category": group["category"], **model} for group in found["by_category"] for model in group["models"]
            ],
            empty=lambda: no_attempts(log, flags),
            is_empty=not found["models"],
        )


@click.command(epilog=examples("imglearn params steps", "imglearn params guidance_scale --bins 4 --category polymer"))
@click.argument("name", required=False)
@click.option(
    "--bins", type=click.IntRange(2, 100), metavar="N", default=5, show_default=True, help="For many different numbers."
)
@filtered()
@answers
def params(answer: Answer, name: str | None, bins: int, **flags: Any) -> None:
    """Show how attempts did by the value of a parameter NAME; without one, which parameters there are.

    A parameter is a field (guidance_scale, view_mode, seed ...) or anything in params (steps, lora.weight ...); where
    a field has the same name, params.NAME is the latter.
    """
    with answer.log() as log:
        asked = filter_of(flags)
        if name is None:
            found = log.get_params(asked)
            answer.show(
                found, tables.param_list, empty=lambda: nothing("parameters", "log them with: --param steps=30", flags)
            )
            return
        found = log.get_param_breakdown(name, bins, asked)
        answer.show(
            found,
            lambda found: tables.params(name, found),
            empty=lambda: _no_param(log, name, flags) if found else no_attempts(log, flags),
            is_empty=all(row["value"] is None and row["low"] is None for row in found),
        )


@click.command(epilog=examples("imglearn failures", "imglearn failures --category polymer --since 2d"))
@filtered("passed", "failed", "unknown")
@answers
def failures(answer: Answer, **flags: Any) -> None:
    """Show the failed attempts by what they failed for."""
    with answer.log() as log:
        found = log.get_failure_breakdown(filter_of(flags))
        answer.show(found, tables.failures, empty=lambda: nothing("failed attempts", "", flags))


@click.command(epilog=examples("imglearn patterns", "imglearn patterns --material Birch"))
@filtered()
@answers
def patterns(answer: Answer, **flags: Any) -> None:
    """Show how attempts did by the contamination patterns that they used."""
    with answer.log() as log:
        found = log.get_pattern_effectiveness(filter_of(flags))
        answer.show(
            found,
            tables.patterns,
            empty=lambda: nothing("contamination patterns", "log them with: imglearn log --pattern TEXT ...", flags),
        )


def groups(*names: str) -> Any:
    """Return what makes the lines of a CSV of an answer's groups."""
    return lambda found: [{"group": name, **found[name]} for name in names]


def _no_param(log: Questions, name: str, flags: Mapping[str, Any]) -> str:
    names = [use["param"] for use in log.get_params(filter_of(flags))]
    meant = f", perhaps {COMMON_NAMES[name]}" if name in COMMON_NAMES else ""
    known = f"; there are: {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}" if names else ""
    return f"no attempt has a parameter {name!r}{meant}{known}"
