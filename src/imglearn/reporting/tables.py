"""What the table of each answer shows. Answers are the plain dicts and lists of `Questions`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imglearn.reporting.layout import (
    OUTCOMES,
    UNKNOWN,
    Column,
    Row,
    Table,
    change,
    count_column,
    interval,
    moment,
    percent,
    points,
    short_id,
    table,
    text_column,
)
from imglearn.reporting.values import lines_of

_REPORTED_DAYS, _REPORTED_CATEGORIES = 14, 8  # of a report that is to be read
_LONGEST_WHY = 40  # characters


def verdict(row: Row) -> str:
    """Return what became of an attempt, in a word."""
    if row.get("status") in ("running", "abandoned"):
        return str(row["status"])
    if row.get("passed") is None:
        return "error" if row.get("validator_error") or row.get("status") == "error" else UNKNOWN
    return "pass" if row["passed"] else "fail"


def _why(row: Row) -> str:
    """Return in few words why an attempt has no pass."""
    why = str(row["failure_category"] or row.get("error") or row.get("validator_error") or "")
    return why if len(why) <= _LONGEST_WHY else f"{why[: _LONGEST_WHY - 1]}…"


def category_stats(found: list[Row]) -> list[Table]:
    """Return the figures of categories; of a single one its common issues too."""
    tables = [
        table(
            "Categories",
            (
                text_column("category"),
                count_column("total_attempts", "attempts"),
                *OUTCOMES,
                Column("prompt chars", lambda row: _whole(row["avg_gen_prompt_length"]), minor=True),
                Column("validation chars", lambda row: _whole(row["avg_val_prompt_length"]), minor=True),
            ),
            found,
        )
    ]
    if len(found) == 1 and found[0]["common_physics_issues"]:
        issues = found[0]["common_physics_issues"]
        tables.append(table("Common physics issues", (text_column("issue"), count_column("count", "count")), issues))
    return tables


def violations(found: list[Row]) -> list[Table]:
    """Return the physics issues."""
    return [
        table(
            "Physics issues",
            (
                text_column("issue"),
                count_column("count", "count"),
                Column("share", lambda row: percent(row["percentage"])),
                count_column("attempts", "attempts"),
                Column("last seen", lambda row: moment(row["last_seen"]), number=False, minor=True),
            ),
            found,
        )
    ]


def issue_breakdown(found: Row) -> list[Table]:
    """Return the categories and the models in which an issue is named."""
    return [
        table(
            f"Named by {split}",
            (
                Column(split, lambda row: row["name"] or "not given", number=False),
                Column("named in", lambda row: f"{row['attempts']:,} of {row['of']:,}"),
                Column("share", lambda row: percent(row["percentage"])),
                Column("95 % interval", lambda row: interval(row["interval"])),
                Column("judged", lambda row: f"{row['judged']:,}", minor=True),
                Column("pass rate", lambda row: percent(row["success_rate"])),
            ),
            rows,
        )
        for split, rows in (("category", found["categories"]), ("model", found["models"]))
    ]


def feedback_effectiveness(found: Row) -> list[Table]:
    """Return the two groups, what lies between them, and the pairs."""
    groups = [
        {"group": "before feedback", **found["before_feedback"]},
        {"group": "after feedback", **found["after_feedback"]},
    ]
    better, paired = found["improvement"], found["paired"]
    unstated = found["unstated"]
    tables = [
        table(
            "Without and with feedback",
            (text_column("group", " "), count_column("total", "attempts"), *OUTCOMES),
            groups,
            _improvement(better),
            *(f"careful: {reason}" for reason in (found["note"] or "").split("; ") if reason),
            f"{unstated:,} of those before don't say whether feedback was applied" if unstated else None,
        )
    ]
    if paired["pairs"]:
        tables.append(
            table(
                "Retries with feedback beside the attempts that they retry",
                (
                    count_column("pairs", "pairs"),
                    Column("passed before", lambda row: percent(row["success_rate_before"])),
                    Column("passed after", lambda row: percent(row["success_rate_after"])),
                    Column("mean score change", lambda row: change(row["mean_score_change"])),
                    Column("95 % interval", lambda row: interval(row["interval"], signed=True)),
                ),
                [paired],
                *(f"careful: {reason}" for reason in (paired["note"] or "").split("; ") if reason),
            )
        )
    return tables


def truncation_impact(found: Row) -> list[Table]:
    """Return the two groups and what lies between them."""
    groups = [
        {"group": "not truncated", **found["non_truncated"]},
        {"group": "truncated", **found["truncated"]},
    ]
    difference, unknown = found["difference"], found["unknown"]
    return [
        table(
            "Truncated validation prompts",
            (text_column("group", " "), count_column("total", "attempts"), *OUTCOMES),
            groups,
            _difference(difference),
            found["note"],
            f"{unknown:,} attempts don't say" if unknown else None,
        )
    ]


def feedback_patterns(found: list[Row]) -> list[Table]:
    """Return the kinds of feedback."""
    columns = (text_column("category", "kind"), count_column("usage_count", "used"), *OUTCOMES)
    return [table("Applied feedback by kind", columns, found)]


def best_feedback(found: list[Row]) -> list[Table]:
    """Return the best examples."""
    return [
        table(
            "Best feedback",
            (
                Column("score", lambda row: _score(row["realism_score"])),
                text_column("material"),
                text_column("feedback_category", "kind"),
                text_column("feedback_text", "feedback"),
                Column("attempt", lambda row: short_id(row["id"]), number=False),
            ),
            found,
        )
    ]


def feedback_matches(found: list[Row]) -> list[Table]:
    """Return what a search found."""
    return [
        table(
            "Feedback found",
            (
                Column("score", lambda row: "remark" if row["remark"] else _score(row["realism_score"])),
                Column("result", lambda row: "" if row["remark"] else verdict(row), number=False),
                text_column("material"),
                text_column("feedback_category", "kind"),
                text_column("snippet", "what was said"),
                Column("time (UTC)", lambda row: moment(row["timestamp"]), number=False, whole=True, minor=True),
                Column("id", lambda row: short_id(row["id"]), number=False),
            ),
            found,
        )
    ]


def guide(found: list[Row]) -> list[Table]:
    """Return the kinds of feedback."""
    return [table("Kinds of feedback", (text_column("kind"), text_column("guide", "what to write")), found)]


def remarks(found: list[Row]) -> list[Table]:
    """Return remarks."""
    return [
        table(
            "Remarks",
            (
                Column("time (UTC)", lambda row: moment(row["timestamp"]), number=False, whole=True),
                Column("by", lambda row: row["author"] or row["source"], number=False, minor=True),
                text_column("feedback_category", "kind"),
                Column("about", _about, number=False),
                text_column("text", "remark"),
                Column("state", _state, number=False),
                Column("id", lambda row: short_id(row["id"]), number=False),
            ),
            found,
        )
    ]


def pending(found: list[Row]) -> list[Table]:
    """Return the remarks that wait for an attempt."""
    return [
        table(
            "Pending remarks",
            (
                Column("since (UTC)", lambda row: moment(row["timestamp"]), number=False, whole=True),
                Column("by", lambda row: row["author"] or row["source"], number=False, minor=True),
                text_column("feedback_category", "kind"),
                Column("about", _about, number=False),
                text_column("text", "remark"),
                Column("id", lambda row: short_id(row["id"]), number=False),
            ),
            found,
        )
    ]


def attempts(found: list[Row]) -> list[Table]:
    """Return attempts, a line each."""
    return [
        table(
            "Attempts",
            (
                Column("time (UTC)", lambda row: moment(row["timestamp"]), number=False, whole=True),
                text_column("material"),
                text_column("category"),
                text_column("model"),
                Column("score", lambda row: _score(row["realism_score"])),
                Column("result", verdict, number=False),
                Column("why", _why, number=False, minor=True),
                Column("retry", lambda row: str(row["retry_count"] or ""), minor=True),
                Column("id", lambda row: short_id(row["id"]), number=False),
            ),
            found,
        )
    ]


def attempt(found: Row) -> list[Table]:
    """Return one attempt or remark: each field that is known, then what people said, then the chain of retries."""
    shown = {**found, "state": _state(found)} if "state" in found else found
    fields = [
        {"field": name if not place else "", "value": said}
        for name, value in shown.items()
        if value not in (None, [], {}) and name not in ("remarks", "chain", "changes", "times_applied", "applied_by")
        for place, said in enumerate(lines_of(value))
    ]
    tables = [table(f"{found['id']}", (text_column("field", " "), text_column("value", " ")), fields)]
    if found.get("remarks"):
        tables += remarks(found["remarks"])
    if len(found.get("chain", ())) > 1:
        tables += attempts(found["chain"])
        tables[-1] = tables[-1]._replace(title="Retries, from the first")
    return tables


def failures(found: list[Row]) -> list[Table]:
    """Return the failed attempts by kind."""
    return [
        table(
            "Failures",
            (
                Column("failure", lambda row: row["failure_category"] or "not given", number=False),
                count_column("count", "count"),
                Column("share", lambda row: percent(row["percentage"])),
                Column("mean score", lambda row: points(row["avg_score"])),
            ),
            found,
        )
    ]


def patterns(found: list[Row]) -> list[Table]:
    """Return the contamination patterns."""
    return [
        table(
            "Contamination patterns", (text_column("pattern"), count_column("attempts", "attempts"), *OUTCOMES), found
        )
    ]


def param_list(found: list[Row]) -> list[Table]:
    """Return the parameters that some attempt has."""
    columns = (text_column("param"), count_column("attempts", "attempts"), count_column("values", "values"))
    return [table("Parameters, and how many values each had", columns, found)]


def params(name: str, found: list[Row]) -> list[Table]:
    """Return the values of one parameter."""
    columns = [Column(name, _value, number=False), count_column("attempts", "attempts"), *OUTCOMES]
    if any(row["model"] for row in found):
        columns.insert(0, text_column("model"))
    return [table(f"By {name}", columns, found)]


def models(found: Row, most: int | None = None) -> list[Table]:
    """Return the models, then the models within each category, or within `most` of them."""
    each = (count_column("attempts", "attempts"), *OUTCOMES)
    categories = found["by_category"][:most]
    within = [{"category": group["category"], **model} for group in categories for model in group["models"]]
    tables = [
        table(
            "Models",
            (
                _model("model"),
                *each,
                Column("top issues", lambda row: "; ".join(_named(row["top_issues"])), number=False, minor=True),
            ),
            found["models"],
            found["note"],
        )
    ]
    if len(found["models"]) > 1:
        left = _left_out(len(categories), len(found["by_category"]), "categories", "imglearn models")
        tables.append(
            table("Models within a category", (text_column("category"), _model("model"), *each), within, left)
        )
    return tables


def trend(found: list[Row], most: int | None = None, note: str | None = None) -> list[Table]:
    """Return the buckets of time, or the last `most` of them, under a `note` on what they say together."""
    shown = found if most is None else found[-most:]
    columns = (
        text_column("bucket", "from"),
        count_column("attempts", "attempts"),
        *OUTCOMES,
        Column("adjusted rate", lambda row: percent(row["adjusted_success_rate"]), minor=True),
        Column("its 95 %", lambda row: interval(row["adjusted_success_rate_interval"]), minor=True),
        Column("adjusted score", lambda row: points(row["adjusted_avg_score"]), minor=True),
        Column("its 95 %", lambda row: interval(row["adjusted_avg_score_interval"], unit=""), minor=True),
    )
    left = _left_out(len(shown), len(found), "days with attempts", "imglearn trend --by week", "last")
    return [table("Trend (UTC); adjusted: with the usual mix of categories", columns, shown, left, note)]


def split_trend(split: str, found: list[Row]) -> list[Table]:
    """Return the buckets of time within each category, or with each model."""
    columns = (text_column("bucket", "from"), count_column("attempts", "attempts"), *OUTCOMES)
    name = _model(split) if split == "model" else text_column(split)
    rows = [{split: one["name"], **point} for one in found for point in one["points"]]
    return [table(f"Trend by {split} (UTC)", (name, *columns), rows)]


def _left_out(shown: int, there_are: int, what: str, command: str, which: str = "first") -> str | None:
    """Say that a table shows only some of all, and which command shows the others."""
    return f"the {which} {shown} of {there_are:,} {what}; all: {command}" if shown < there_are else None


def report(found: Row, of_feedback: Sequence[Table] = ()) -> list[Table]:
    """Return everything, under a line that sums it up; parts without an answer are left out.

    `of_feedback` are tables that stand before the figures of feedback.
    """
    tables = [
        *category_stats(found["categories"])[:1],
        *violations(found["physics_violations"]),
        *of_feedback,
        *feedback_effectiveness(found["feedback_effectiveness"]),
        *feedback_patterns(found["feedback_patterns"]),
        *best_feedback(found["best_feedback"]),
        *truncation_impact(found["truncation_impact"]),
        *failures(found["failures"]),
        *(
            models(found["models"], _REPORTED_CATEGORIES)
            if any(row["model"] for row in found["models"]["models"])
            else ()
        ),
        *trend(found["trend"], _REPORTED_DAYS),
    ]
    return [Table(_summary(found), (), ()), *(table for table in tables if table.rows)]


def _summary(found: Row) -> str:
    overall = found["overall"]
    judged = overall["passed"] + overall["failed"]
    parts = [f"{overall['total_attempts']:,} attempts"]
    if judged:
        failed = percent(100 * overall["failed"] / judged)
        parts[0] += (
            f": {overall['passed']:,} passed ({percent(overall['success_rate'])}), {overall['failed']:,} failed "
            f"({failed})"
        )
    if overall["unknown"]:
        parts.append(f"{overall['unknown']:,} unknown")
    if overall["avg_realism_score"] is not None:
        parts.append(f"mean score {points(overall['avg_realism_score'])}")
    if found["remarks"]:
        parts.append(f"{found['remarks']:,} remarks")
    return ", ".join(parts)


def _whole(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _score(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:g}"


def _improvement(found: Row) -> str | None:
    if found["success_rate_delta"] is None and found["avg_score_delta"] is None:
        return None
    rate, score = change(found["success_rate_delta"]), change(found["avg_score_delta"])
    return f"improvement: pass rate {rate} points, score {score} points"


def _difference(found: Row) -> str | None:
    if found["success_rate_delta"] is None and found["avg_score_delta"] is None:
        return None
    rate, score = (_with_interval(found, name) for name in ("success_rate", "avg_score"))
    return f"difference: pass rate {rate}, score {score}"


def _with_interval(difference: Row, name: str) -> str:
    said = change(difference[f"{name}_delta"])
    bounds = difference[f"{name}_interval"]
    return f"{said} points" if bounds is None else f"{said} points (95 %: {interval(bounds, signed=True)})"


def _about(row: Row) -> str:
    about = [row["material"] or row["category"] or ""]
    if row["attempt_id"]:
        about.append(short_id(row["attempt_id"]))
    return " ".join(part for part in about if part) or "everything"


def _state(row: Row) -> str:
    """Return what became of a remark, and how the attempts went that it was applied to."""
    went = [f"{short_id(one['id'])} {_score(one['realism_score'])} {verdict(one)}" for one in row["applied_by"]]
    if more := row["times_applied"] - len(went):
        went.append(f"{more:,} more")
    return f"{row['state']}: {', '.join(went)}" if went else str(row["state"])


def _value(row: Row) -> str:
    if row["low"] is not None:
        return f"{row['low']:g} to {row['high']:g}"
    value = row["value"]
    if row["other_values"]:
        return f"{row['other_values']:,} other values"
    if value is None:
        return "not given"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _model(name: str) -> Column:
    return Column("model", lambda row: row[name] or "not given", number=False)


def _named(issues: Iterable[Row]) -> Iterable[str]:
    return (f"{found['issue']} ({found['count']:,})" for found in issues)
