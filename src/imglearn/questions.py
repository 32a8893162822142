"""What the log can answer: a short method for each question, in plain dicts and lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from imglearn.answering import as_dict, asked_of, checked_limit, checked_text
from imglearn.errors import InvalidRecordError
from imglearn.settings import DEFAULT_PASS_THRESHOLD
from imglearn.store import attempts
from imglearn.store.database import Store

if TYPE_CHECKING:
    from imglearn.analytics.categories import CategoryStats
    from imglearn.filters import FieldsButCategory, FilterFields, FilterLike
    from imglearn.store.search import Order


class Questions:
    """The questions that a log answers. Every method raises StoreError where the database can't do its part.

    They take a filter as a text ("dust category:wood score:<75", see `filter_language`), an `AttemptFilter` or a
    mapping, as keyword arguments, or both: `category`,
    `material`, `model`, `passed` (true, false or "unknown"), `since` and `until` (times, or how long ago: "2d"),
    `feedback_category`, `min_score`, `max_score` and `text` (full-text search). In their answers percentages are
    floats from 0 to 100, a `success_rate` is of the attempts with a known verdict (`passed + failed`) and has its 95 %
    interval beside it as [low, high], scores are means in points over the `scored` attempts, times are UTC, and what
    is not known is None. Comparisons say in a `note` where there are fewer than 10 cases to go by.
    """

    def __init__(self, store: Store, pass_threshold: float = DEFAULT_PASS_THRESHOLD) -> None:
        self.store = store
        self.pass_threshold = pass_threshold

    def get_attempt(self, id: str) -> dict[str, Any] | None:
        """Return the attempt with this id, a value for each field of the record, or None."""
        found = attempts.get(self.store, checked_text("id", id))
        return None if found is None else as_dict(found)

    def get_changes(self, id: str) -> dict[str, Any] | None:
        """Return what an attempt changed in the one that it retries, and what came of it.

        Keys: `before, after` (ids), `score_before, score_after, score_change, verdict_before, verdict_after`,
        `settings` (a list of `name, before, after`), `texts` (a list of `name, pieces`, a piece being a `kind`, which
        is same, removed or added, and a `text`), `issues_gone, issues_new, issues_kept`. None where it retries none, or
        one that is not here.
        """
        from imglearn.analytics.attempt_changes import changes_of

        found = changes_of(self.store, checked_text("id", id))
        return None if found is None else as_dict(found)

    def get_recent_attempts(
        self,
        limit: int | None = 10,
        filter: FilterLike = None,
        before: str | None = None,
        **where: Unpack[FilterFields],
    ) -> list[dict[str, Any]]:
        """Return the newest attempts in full, newest first; with no limit all of them.

        `before` is the id of the last attempt of a page: the next page follows it. Raises InvalidRecordError where it
        is not here.
        """
        if before is not None and attempts.get(self.store, checked_text("before", before)) is None:
            raise InvalidRecordError("before", before, "the id of an attempt that is here")
        found = attempts.newest(self.store, checked_limit(limit), asked_of(filter, where), before)
        return [as_dict(attempt) for attempt in found]

    def get_category_stats(
        self, category: str | None = None, filter: FilterLike = None, **where: Unpack[FieldsButCategory]
    ) -> Any:
        """Return the figures of one category as a dict, or without a category a list of those of all.

        Keys: `category, total_attempts, passed, failed, unknown, success_rate, success_rate_interval,
        avg_realism_score, avg_gen_prompt_length, avg_val_prompt_length, common_physics_issues` (a list of
        `issue, count`).
        """
        from imglearn.analytics.categories import all_category_stats, category_stats

        asked = asked_of(filter, {"category": category}, where)
        with self.store.read():
            if asked.category is not None:
                return _stats(category_stats(self.store, asked, with_issues=True))
            return [_stats(found) for found in all_category_stats(self.store, asked, with_issues=True)]

    def get_common_physics_violations(
        self,
        limit: int | None = 10,
        category: str | None = None,
        filter: FilterLike = None,
        **where: Unpack[FieldsButCategory],
    ) -> list[dict[str, Any]]:
        """Return the physics issues named most often: `issue, count, percentage, attempts, last_seen`.

        `percentage` is the share of all physics issues that were logged, `attempts` how many attempts named it.
        """
        from imglearn.analytics.violations import common_physics_violations

        asked = asked_of(filter, {"category": category}, where)
        return [as_dict(found) for found in common_physics_violations(self.store, checked_limit(limit), asked)]

    def get_issue_breakdown(
        self, issue: str, filter: FilterLike = None, **where: Unpack[FilterFields]
    ) -> dict[str, list[dict[str, Any]]]:
        """Return where a physics issue is named: `categories` and `models`, in most attempts first.

        Keys of each: `name` (None: no model given), `attempts` that name it, `of` how many, `percentage` and its 95 %
        `interval`, and of those that name it how many are `judged` and their `success_rate`.
        """
        from imglearn.analytics.issue_breakdown import issue_breakdown

        return as_dict(issue_breakdown(self.store, checked_text("issue", issue), asked_of(filter, where)))

    def get_feedback_effectiveness(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Compare attempts with applied feedback with those without.

        Keys: `before_feedback` and `after_feedback` (each `total, passed, failed, unknown, success_rate,
        success_rate_interval, scored, avg_score, avg_score_interval`), `improvement` (`success_rate_delta,
        avg_score_delta`), `paired` (retries with feedback beside the attempts that they retry:
        `pairs, judged, success_rate_before, success_rate_after, scored, mean_score_change, interval, note`),
        `unstated` (attempts that don't say; they count as before) and `note`: why the plain difference may mislead,
        None where nothing speaks against it.
        """
        from imglearn.analytics.feedback_effectiveness import feedback_effectiveness

        return as_dict(feedback_effectiveness(self.store, asked_of(filter, where)))

    def get_prompt_truncation_impact(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Compare attempts whose validation prompt was cut with those where it was not.

        Keys: `non_truncated` and `truncated` (as in `get_feedback_effectiveness`), `unknown`, `difference`
        (`success_rate_delta, success_rate_interval, avg_score_delta, avg_score_interval`: truncated less not) and
        `note` where there is too little to go by.
        """
        from imglearn.analytics.truncation import truncation_impact

        return as_dict(truncation_impact(self.store, asked_of(filter, where)))

    def get_feedback_patterns(
        self, limit: int | None = 10, filter: FilterLike = None, **where: Unpack[FilterFields]
    ) -> list[dict[str, Any]]:
        """Return how attempts did by the category of the feedback applied to them, most used first.

        Keys: `category, usage_count, passed, failed, unknown, success_rate, success_rate_interval, scored,
        avg_score, avg_score_interval`.
        """
        from imglearn.analytics.breakdowns import feedback_patterns

        return [
            as_dict(found) for found in feedback_patterns(self.store, checked_limit(limit), asked_of(filter, where))
        ]

    def get_failure_breakdown(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> list[dict[str, Any]]:
        """Return the failed attempts by failure category, most first: `failure_category` (None: not given),
        `count, percentage` (of all failed attempts), `avg_score`.
        """
        from imglearn.analytics.breakdowns import failure_breakdown

        return [as_dict(found) for found in failure_breakdown(self.store, asked_of(filter, where))]

    def get_pattern_effectiveness(
        self, filter: FilterLike = None, **where: Unpack[FilterFields]
    ) -> list[dict[str, Any]]:
        """Return how attempts did by contamination pattern, most used first.

        Keys: `pattern, attempts, passed, failed, unknown, success_rate, success_rate_interval, scored,
        avg_score, avg_score_interval`.
        """
        from imglearn.analytics.breakdowns import pattern_effectiveness

        return [as_dict(found) for found in pattern_effectiveness(self.store, asked_of(filter, where))]

    def get_param_breakdown(
        self, name: str, bins: int = 5, filter: FilterLike = None, **where: Unpack[FilterFields]
    ) -> list[dict[str, Any]]:
        """Return how attempts did by the value of any parameter: a field of the record, or a knob in `params`.

        Keys: `value`, or for a bin of numbers `low, high` (inclusive), `model` (of guidance scales, which compare
        only within one model), `attempts, passed, failed, unknown, success_rate, success_rate_interval, scored,
        avg_score, avg_score_interval`. More than 12 different numbers are put into `bins` of about as many attempts
        each; of other values the 50 most used are told. Attempts without the parameter come last, with no value and
        no bounds.
        """
        from imglearn.analytics.params import MOST_BINS, param_breakdown

        if isinstance(bins, bool) or not isinstance(bins, int) or not 2 <= bins <= MOST_BINS:
            raise InvalidRecordError("bins", bins, f"a whole number from 2 to {MOST_BINS}")
        return [
            as_dict(found)
            for found in param_breakdown(self.store, checked_text("name", name), bins, asked_of(filter, where))
        ]

    def get_params(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> list[dict[str, Any]]:
        """Return the parameters that some attempt has, fields and knobs in `params`, most used first.

        Keys: `param, attempts, values` (how many different ones).
        """
        from imglearn.store.params import uses

        return [use._asdict() for use in uses(self.store, asked_of(filter, where))]

    def compare_models(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Compare the models: `models` (per model: `model, attempts, passed, failed, unknown, success_rate,
        success_rate_interval, scored, avg_score, avg_score_interval, top_issues`), `by_category` (per category:
        `category, models`, so that an easy category doesn't decide) and `note` where they were not tried on the same
        categories.
        """
        from imglearn.analytics.models import compare_models

        return as_dict(compare_models(self.store, asked_of(filter, where)))

    def get_trend(
        self, bucket: str = "day", filter: FilterLike = None, **where: Unpack[FilterFields]
    ) -> list[dict[str, Any]]:
        """Return the figures of each minute, hour, day, week (from Monday) or month that has attempts, oldest first.

        Keys: `bucket` (its start, UTC), `attempts, passed, failed, unknown, success_rate, success_rate_interval,
        scored, avg_score, avg_score_interval` and `adjusted_success_rate, adjusted_avg_score` with their
        intervals (`adjusted_success_rate_interval ...`): what the rate and the mean would be with the usual mix of
        categories.
        """
        from imglearn.analytics.trend import trend

        return [as_dict(found) for found in trend(self.store, bucket, asked_of(filter, where))]

    def get_split_trend(
        self,
        split: str,
        bucket: str = "day",
        limit: int | None = None,
        filter: FilterLike = None,
        **where: Unpack[FilterFields],
    ) -> list[dict[str, Any]]:
        """Return the trend within each category, or with each model (`split`), those with most attempts first.

        Keys: `name` (None: no model given), `attempts, passed, failed, unknown, success_rate, success_rate_interval,
        scored, avg_score, avg_score_interval` and `points` (a list as `get_trend` returns it).
        """
        from imglearn.analytics.trend import split_trend

        found = split_trend(self.store, split, bucket, checked_limit(limit), asked_of(filter, where))
        return [as_dict(one) for one in found]

    def search_feedback(
        self,
        term: str,
        limit: int | None = None,
        filter: FilterLike = None,
        order: Order = "best",
        **where: Unpack[FilterFields],
    ) -> list[dict[str, Any]]:
        """Return the feedback that has all the words of `term`, best match first; any text is a valid term.

        With the order "newest", that which was stored last first. With a limit, of more than 1,000 matches the best of
        the 1,000 stored last are found.

        Keys: `id, material, category, feedback_text, feedback_category, feedback_source, realism_score, passed,
        timestamp, snippet`, and for a person's remark `remark` is true and `attempt_id` what it is about, if one.
        """
        from imglearn.store.search import MATCH_END, MATCH_START, ORDERS, search_feedback

        if order not in ORDERS:
            raise InvalidRecordError("order", order, f"one of {', '.join(ORDERS)}")
        asked = asked_of(filter, where)
        found = [
            as_dict(match)
            for match in search_feedback(
                self.store, checked_text("term", term), checked_limit(limit), order=order, asked=asked
            )
        ]
        for match in found:
            match["snippet"] = match["snippet"].replace(MATCH_START, "").replace(MATCH_END, "")
        return found

    def get_best_feedback_examples(
        self,
        category: str | None = None,
        limit: int | None = 5,
        filter: FilterLike = None,
        **where: Unpack[FieldsButCategory],
    ) -> list[dict[str, Any]]:
        """Return passed attempts with feedback applied, highest score first, near-identical feedback once.

        Keys: `id, material, feedback_text, feedback_category, realism_score, timestamp`. The 2,000 best are looked
        at. `category` is that of the attempts.
        """
        from imglearn.analytics.examples import best_feedback_examples

        asked = asked_of(filter, {"category": category}, where)
        return [as_dict(found) for found in best_feedback_examples(self.store, checked_limit(limit), asked)]

    def get_feedback(
        self,
        limit: int | None = None,
        attempt_id: str | None = None,
        superseded: bool = False,
        filter: FilterLike = None,
        **where: Unpack[FilterFields],
    ) -> list[dict[str, Any]]:
        """Return the remarks, newest first, without those that were superseded unless asked for.

        Keys: the fields of `records.Feedback`; `feedback_category` is what kind it is, `category` that of the
        attempts it is about. A filter for a model, a verdict or a score finds none: remarks have none of these.
        And `state`: pending, applied, done (somebody says so) or superseded; `times_applied`, to how many attempts; and
        `applied_by`, the first ten of these: `id, timestamp, status, realism_score, passed, validator_error`.
        """
        from imglearn.store import feedback, pending

        if attempt_id is not None:
            checked_text("attempt_id", attempt_id)
        asked = asked_of(filter, where)
        with self.store.read():
            found = feedback.newest(
                self.store, checked_limit(limit), asked, attempt_id=attempt_id, superseded=superseded
            )
            return [{**as_dict(remark), **as_dict(pending.standing(self.store, remark.id))} for remark in found]

    def _pending_feedback(
        self, limit: object, without: Collection[str], asked: Mapping[str, object]
    ) -> list[dict[str, Any]]:
        from imglearn.store import pending

        words: dict[str, Any] = {name: checked_text(name, word) for name, word in asked.items() if word is not None}
        return [as_dict(found) for found in pending.waiting(self.store, checked_limit(limit), without=without, **words)]

    def suggest_feedback_category(self, text: str) -> list[dict[str, Any]]:
        """Return the kinds of feedback that a text may be, likeliest first: what similar texts were said to be.

        Keys: `category`, `count` (how many of the at most 50 most similar texts are of that kind), `share` (percent of
        their likeness) and `basis`: "similar texts", or "guide" where there is none. Then the words are those of
        `imglearn feedback guide`, the count is 0 and the share None. A text that says nothing known has no kind.
        """
        from imglearn.remarks import suggest_category

        return [as_dict(found) for found in suggest_category(self.store, checked_text("text", text))]

    def get_report(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Return the whole report as data, all of one moment.

        Keys: `overall` (as in `get_category_stats`), `categories, physics_violations, feedback_effectiveness,
        feedback_patterns, best_feedback, truncation_impact, failures, models, trend` and `remarks`, how many there
        are.
        """
        from imglearn.analytics.categories import category_stats
        from imglearn.store import feedback

        asked = asked_of(filter, where)
        with self.store.read():
            return {
                "overall": _stats(category_stats(self.store, asked, with_issues=True)),
                "categories": [self.get_category_stats(asked.category, asked)]
                if asked.category is not None
                else self.get_category_stats(None, asked),
                "physics_violations": self.get_common_physics_violations(filter=asked),
                "feedback_effectiveness": self.get_feedback_effectiveness(asked),
                "feedback_patterns": self.get_feedback_patterns(filter=asked),
                "best_feedback": self.get_best_feedback_examples(filter=asked),
                "truncation_impact": self.get_prompt_truncation_impact(asked),
                "failures": self.get_failure_breakdown(asked),
                "models": Questions.compare_models(self, asked),  # figures only: pairs take a second
                "trend": self.get_trend("day", asked),
                "remarks": feedback.count(self.store, asked),
            }


def _stats(found: CategoryStats) -> dict[str, Any]:
    """Return the figures of a category; how many are running is for who watches."""
    fields = as_dict(found)
    del fields["running"]
    return fields
