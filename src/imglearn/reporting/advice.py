"""What the table of each piece of advice shows. Answers are the plain dicts and lists of `Advice`."""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.learning.evidence import SURE
from imglearn.reporting.layout import (
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
from imglearn.reporting.tables import feedback_effectiveness as plain_effectiveness
from imglearn.reporting.tables import report as report_of_figures
from imglearn.reporting.values import shown

_CLEAR = 0.995  # from here on a correlation is shown as 1


def span(low: float | None, high: float | None, *, signed: bool = True) -> str:
    """Return an interval in points."""
    if low is None or high is None:
        return UNKNOWN
    return f"{low:+.1f} to {high:+.1f}" if signed else f"{low:.1f} to {high:.1f}"


def rested_on(row: Row) -> str:
    """Return what an answer rests on: the word for it, and how many chains."""
    chains = row["chains"]
    return f"{row['evidence']} ({chains:,} chain{'s' if chains != 1 else ''})"


def hygiene(found: Row) -> list[Table]:
    """Return what can be learned from, and what is left out and why."""
    chains = found["chains"]
    title = (
        f"{found['learned_from']:,} of {found['attempts']:,} attempts are learned from: {found['scored']:,} with their "
        f"score, {found['judged']:,} with their verdict"
    )
    notes = [
        *hygiene_notes(found),
        f"{chains['chains']:,} chains of attempts, the longest of {chains['longest']:,}; {chains['retries']:,} retry "
        f"another attempt (linked by parent_id {chains['by_parent']:,}, image path {chains['by_path']:,}, "
        f"time {chains['by_time']:,})",
    ]
    columns = (
        text_column("reason", "left out"),
        count_column("attempts", "attempts"),
        Column("what counts", lambda row: row["counts"], number=False),
        text_column("meaning", "why"),
        Column("newest", lambda row: ", ".join(map(short_id, row["examples"][:2])), number=False, minor=True),
    )
    if not found["left_out"]:
        return [Table(title, (), (), ("nothing is left out", *notes))]
    return [table(title, columns, found["left_out"], *notes)]


def hygiene_notes(found: Row) -> Iterator[str]:
    """Yield what is to be known of the attempts that are learned from, beside what is left out."""
    if found["chosen_by"]:
        yield (
            f"careful: the filter chooses by the outcome ({', '.join(found['chosen_by'])}); what is learned so says "
            "little of what leads to it"
        )
    if found["learned_by"] == "verdict" and found["learned_from"]:
        yield "few have a score: all is learned by verdicts, a pass as 100 points and a fail as 0"
    if found["older"]:
        yield f"{found['older']:,} older attempts were not looked at"
    if found["remarks"]:
        remarks = "remark of a person is" if found["remarks"] == 1 else "remarks of people are"
        yield f"{found['remarks']:,} {remarks} kept apart and counted nowhere"
    if found["unapplied_texts"]:
        yield (
            f"{found['unapplied_texts']:,} feedback texts were not applied to their attempts: the judge's words, never "
            "a cause"
        )
    threshold = found["pass_threshold"]
    if found["explained_fails"]:
        yield f"{found['explained_fails']:,} fails reach the threshold of {threshold:g} and say why: they count in full"
    if threshold != found["configured_threshold"]:
        yield (
            f"the verdicts follow a threshold of {threshold:g}, not the {found['configured_threshold']:g} of the "
            "settings (pass_threshold)"
        )


def suggestion(found: Row) -> list[Table]:
    """Return the settings beside the usual ones, what each brings, and the change worth trying."""
    reasons = {reason["param"]: reason for reason in found["why"]}
    rows = [
        {"param": name, "value": value, "usual": found["usual"].get(name), **reasons.get(name, {"points": None})}
        for name, value in found["params"].items()
    ]
    rows.sort(key=lambda row: -(row["points"] or 0))
    about = " · ".join(filter(None, (found["category"], found["material"], found["model"])))
    title = f"Settings for {about}"
    if found["score"] is not None:
        title += f": expected score {found['score']:.1f} ({span(found['low'], found['high'], signed=False)})"
    columns = (
        text_column("param", "parameter"),
        Column("try", lambda row: shown(row["value"]), number=False),
        Column("usual", lambda row: "same" if row["value"] == row["usual"] else shown(row["usual"]), number=False),
        Column("points", lambda row: change(row["points"])),
        Column("90 % interval", lambda row: span(row.get("low"), row.get("high"))),
        Column("tried", lambda row: UNKNOWN if row["points"] is None else f"{row['n']:,}"),
    )
    return [table(title, columns, rows, *_about_suggestion(found))]


def _about_suggestion(found: Row) -> Iterator[str]:
    yield f"{found['n']:,} attempts: {rested_on(found)}"
    if found["note"]:
        yield found["note"]
    if found["score"] is not None:
        usual, spread = found["usual_score"], found["spread"]
        yield f"the usual settings give {usual:.1f}; a single attempt spreads by {spread:.0f} points"
    if len(found["by_model"]) > 1:
        models = map(_with_model, found["by_model"])
        yield f"the same settings with {', '.join(models)}"
    if probe := found["next"]:
        why = "it may well be better" if probe["gain"] > 0 else "little is known of it yet"
        yield (
            f"worth trying next, since {why}: {probe['param']} {shown(probe['value'])} instead of "
            f"{shown(probe['instead_of'])}: {change(probe['gain'])} points (90 %: {span(probe['low'], probe['high'])})"
        )
    if found["borrowed"]:
        yield f"mostly told by other categories: {', '.join(found['borrowed'])}"
    for one in found["never_varied"]:
        worth = f"; try {' and '.join(map(shown, one['worth_trying']))}" if one["worth_trying"] else ""
        yield f"{one['param']} never varied ({shown(one['value'])}): what others would do can't be known{worth}"


def _with_model(one: Row) -> str:
    bounds = span(one["low"], one["high"], signed=False)
    return f"{one['model'] or 'not given'} {one['score']:.1f} ({bounds}, n={one['n']:,})"


def importance(found: list[Row]) -> list[Table]:
    """Return what matters most first."""
    columns = (
        Column("parameter", lambda row: row["param"], number=False, whole=True),
        Column("share", lambda row: UNKNOWN if row["share"] is None else percent(100 * row["share"])),
        Column("best less worst", lambda row: change(row["effect"])),
        Column("90 % interval", lambda row: span(row["low"], row["high"])),
        Column("q", lambda row: chance(row["q"])),
        Column("n", lambda row: f"{row['n']:,}"),
        Column("rests on", rested_on, number=False, minor=True),
        Column("note", lambda row: row["note"] or "", number=False, minor=not any(row["note"] for row in found)),
    )
    return [table("What matters within a category (points)", columns, found, _Q_NOTE)]


_Q_NOTE = (
    "q: of all that is found at this q or below, that share is luck on average, at most; best less worst looks larger "
    "than it is where q is high"
)


def correlations(found: Row) -> list[Table]:
    """Return the matrix, outcomes first, the lower half: each pair once. A star: found beyond luck."""
    known = [variable for variable in found["variables"] if variable["note"] is None]
    known.sort(key=lambda variable: variable["kind"] == "parameter")
    pairs = {frozenset((pair["a"], pair["b"])): pair for pair in found["pairs"]}
    rows = [
        {"name": variable["name"], "number": place, "cells": [
            pairs[frozenset((variable["name"], other["name"]))] for other in known[: place - 1]
        ]}
        for place, variable in enumerate(known, 1)
    ]  # fmt: skip
    columns = [
        Column("", lambda row: f"{row['number']}"),
        Column("variable", lambda row: row["name"], number=False, whole=True),
        *(_matrix_column(place, minor=place > _OUTCOMES_SHOWN) for place in range(1, len(known))),
    ]
    left_out = [f"{one['name']}: {one['note']}" for one in found["variables"] if one["note"] is not None]
    title = f"What goes together within a category: {found['n']:,} first attempts, {rested_on(found)}"
    return [
        table(
            title,
            columns,
            rows,
            found["note"],
            "* beyond luck (q < 0.05). With a sign: rank correlation; without: how closely, from 0 to 1",
            "what is best in the middle has no rank correlation: that stands in what matters (imglearn importance)",
            f"not compared: {'; '.join(left_out)}" if left_out else None,
        )
    ]


_OUTCOMES_SHOWN = 4  # columns of the matrix that are shown on any terminal


def _matrix_column(place: int, minor: bool) -> Column:
    def cell(row: Row) -> str:
        return _correlation(row["cells"][place - 1]) if place <= len(row["cells"]) else ""

    def shade(row: Row) -> float | None:
        pair = row["cells"][place - 1] if place <= len(row["cells"]) else None
        return None if pair is None or pair["q"] is None or pair["q"] >= SURE else float(pair["value"])

    return Column(str(place), cell, minor=minor, shade=shade)


def _correlation(pair: Row) -> str:
    star = "*" if pair["q"] is not None and pair["q"] < SURE else " "
    return UNKNOWN if pair["value"] is None else correlation(pair["value"]) + star


def correlation(value: float) -> str:
    """Return how closely two things go together in three or four signs."""
    return f"{'-' if value < 0 else ''}{'1.0' if abs(value) >= _CLEAR else f'{abs(value):.2f}'[1:]}"


def change_points(found: list[Row]) -> list[Table]:
    """Return when scores changed."""
    columns = (
        Column("from (UTC)", lambda row: moment(row["timestamp"]), number=False, whole=True),
        Column("of", _scope, number=False),
        Column("shift", lambda row: change(row["shift"])),
        Column("95 % interval", lambda row: span(row["low"], row["high"])),
        Column("p", lambda row: chance(row["p"])),
        Column("first attempts", lambda row: f"{row['before']:,} + {row['after']:,}"),
        Column("attempt", lambda row: short_id(row["attempt_id"]), number=False, minor=True),
    )
    return [table("When scores changed (points)", columns, found, "held equal: category and model")]


def feedback_effects(found: list[Row]) -> list[Table]:
    """Return what feedback does, kind by kind, and why the plain difference is not that."""
    columns = (
        Column("kind", lambda row: row["category"] or "not given", number=False),
        Column("effect", lambda row: change(row["estimate"])),
        Column("95 % interval", lambda row: span(row["low"], row["high"])),
        text_column("verdict"),
        Column("pass rate", lambda row: change(row["pass_effect"])),
        Column("its 95 %", lambda row: interval(row["pass_effect_interval"], signed=True), minor=True),
        Column("retries", lambda row: f"{row['retries']:,} of {row['n']:,}"),
        Column("rests on", rested_on, number=False, minor=True),
        Column("plain difference", lambda row: f"({change(row['naive'])})", minor=True),
    )
    notes = [
        f"{row['category'] or 'not given'}: {said}"
        for row in found
        for said in (row["disagreement"], row["settle"])
        if said
    ]
    misleading = next((row["naive_note"] for row in found if row["naive_note"]), None)
    return [
        table(
            "What feedback does to the retries that get it (points)",
            columns,
            found,
            f"the plain difference with and without is not the effect: {misleading}" if misleading else None,
            *notes[:_NOTES],
        )
    ]


_NOTES = 4


def feedback_effectiveness(found: Row) -> list[Table]:
    """Return how attempts with and without feedback went, under what it does to them (`effects`)."""
    return [*feedback_effects(found["effects"]), *plain_effectiveness(found)]


def report(found: Row) -> list[Table]:
    """Return everything: what feedback does stands before the plain figures, which say less."""
    is_known = any(row["n"] for row in found["feedback_effects"])
    return report_of_figures(found, feedback_effects(found["feedback_effects"]) if is_known else ())


def fixes(found: list[Row]) -> list[Table]:
    """Return feedback that may help, best first."""
    columns = (
        text_column("text", "feedback"),
        text_column("feedback_category", "kind"),
        Column("gain", lambda row: change(row["gain"])),
        Column("90 % interval", lambda row: span(row["low"], row["high"])),
        Column("fixed", _fixed),
        Column("used", lambda row: f"{row['used']:,}"),
        Column("fits", lambda row: f"{row['relevance']:.2f}", minor=True),
        text_column("evidence"),
        Column("best", lambda row: ", ".join(map(short_id, row["examples"][:1])), number=False, minor=True),
    )
    first = found[0] if found else None
    note = None
    if first is not None and first["chance"] is not None:
        note = (
            f"such issues are gone at the next attempt by themselves in {first['chance']:.0f} % of {first['unfed']:,}"
        )
    compared = f"matched by {first['matched_by']}" if first is not None and first["matched_by"] else None
    return [table("Feedback that may help", columns, found, note, compared)]


def _fixed(row: Row) -> str:
    if row["fixed"] is None:
        return UNKNOWN
    return f"{row['fixed']:,} of {row['tried']:,}" if row["tried"] else "untested"


def drift(found: Row) -> str | None:
    """Return in a line how results moved over the whole time; None where nothing tells."""
    raw, adjusted = found["pass_rate"], found["adjusted_pass_rate"]
    if raw["change"] is None:
        return None
    said = f"pass rate over the {found['days']:.0f} days: {_slope(raw)}"
    if adjusted["change"] is not None:
        said += f"; within category and model {_slope(adjusted)}"
    return f"{said}; {found['n']:,} attempts, {rested_on(found)}"


def _slope(found: Row) -> str:
    return f"{found['direction']}, {change(found['change'])} points ({span(found['low'], found['high'])})"


def alerts(found: list[Row]) -> list[Table]:
    """Return alerts."""
    columns = (
        Column("time (UTC)", lambda row: moment(row["timestamp"]), number=False, whole=True),
        text_column("message", "what got worse"),
        Column("attempt", lambda row: short_id(row["attempt_id"]), number=False),
        Column("statistic", lambda row: points(row["statistic"]), minor=True),
    )
    note = (
        f"without any change, false alarms of a stream are at least {found[0]['threshold']:g} outcomes apart on average"
        if found
        else None
    )
    return [table("Alerts", columns, found, note)]


def model_pairs(found: list[Row]) -> list[Table]:
    """Return pairs of models, nothing where there are none."""
    if not found:
        return []
    columns = (
        Column("models", _both, number=False),
        Column("difference", lambda row: change(row["estimate"])),
        Column("95 % interval", lambda row: span(row["low"], row["high"])),
        Column("first is better", _better, minor=True),
        Column("now", lambda row: _now(row["now"])),
        Column("categories", lambda row: f"{row['categories']:,}"),
        Column("attempts", lambda row: f"{row['n_a']:,} + {row['n_b']:,}", minor=True),
        Column("evidence", lambda row: row["evidence"], number=False, minor=True),
    )
    verdicts = [f"{_both(row)}: {row['verdict']}" for row in found if row["estimate"] is not None]
    pairs = table("Pairs of models where both do the same (points)", columns, found, *verdicts)
    within: list[Row] = [{**pair, **one} for pair in found for one in pair["by_category"]]
    return [pairs, *([_pairs_within(within)] if len({row["category"] for row in within}) > 1 else [])]


def _pairs_within(rows: list[Row]) -> Table:
    columns = (
        text_column("category"),
        Column("models", _both, number=False),
        Column("difference", lambda row: change(row["estimate"])),
        Column("95 % interval", lambda row: span(row["low"], row["high"])),
        Column("by itself", lambda row: change(row["raw"])),
        Column("attempts", lambda row: f"{row['n_a']:,} + {row['n_b']:,}"),
    )
    note = "shrunken towards the difference over all categories, the more so the less is known"
    return table("Pairs within a category (points)", columns, sorted(rows, key=lambda row: row["category"]), note)


def _better(row: Row) -> str:
    return UNKNOWN if row["p_better"] is None else percent(100 * row["p_better"])


def _both(row: Row) -> str:
    return f"{row['a'] or 'not given'} - {row['b'] or 'not given'}"


def _now(found: Row | None) -> str:
    if found is None or found["estimate"] is None:
        return UNKNOWN
    return f"{change(found['estimate'])} ({span(found['low'], found['high'])}; n={found['n_a']:,} + {found['n_b']:,})"


def _scope(row: Row) -> str:
    return "all" if row["scope"] == "all" else f"{row['scope']} {row['name'] or 'not given'}"


def chance(value: float | None) -> str:
    """Return a p or a q."""
    return UNKNOWN if value is None else "< .001" if value < 0.001 else f"{value:.3f}"[1:] if value < 1 else "1"
