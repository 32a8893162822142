"""What the log teaches for the next attempt: a short method for each question, in plain dicts and lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

from imglearn.answering import as_dict, asked_of, checked_limit, checked_text
from imglearn.errors import InvalidRecordError
from imglearn.questions import Questions

if TYPE_CHECKING:
    from imglearn.filters import FilterFields, FilterLike
    from imglearn.learning.history import History


class Advice(Questions):
    """The questions whose answers are learned, from the newest 100,000 attempts. They take filters as `Questions` do.

    Each figure has its interval and says how much it rests on: `n` attempts in `chains` (requests with their retries,
    which are not independent), and `evidence`, a word for what so many chains can tell: "no data", "anecdote" (below
    10), "hint" (below 50) or "evidence". What is not known is None. numpy is imported when it is needed first.
    """

    def get_hygiene(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Return which attempts can be learned from, which can't, and why.

        Keys: `attempts` (looked at), `older` (not looked at), `learned_from, scored, judged` (how many count, with
        their score, with their verdict), `learned_by` (score, or verdict where fewer than half have a score; a pass
        counts 100 points then), `pass_threshold` (that the verdicts follow) and `configured_threshold`,
        `left_out` (a list of `reason, attempts, counts, meaning, examples`; what `counts` is nothing, or the score),
        `remarks` (kept apart), `unapplied_texts` (feedback texts that were not applied: never a cause),
        `explained_fails` (of attempts whose score reaches the threshold), `chains`
        (`chains, longest, retries, by_parent, by_path, by_time`: over all attempts, whatever the filter) and
        `chosen_by`: the outcomes that the filter asks for, which bias all that is learned from what it leaves.
        """
        return as_dict(self._history(filter, where).hygiene)

    def suggest_parameters(
        self, category: str, model: str | None = None, material: str | None = None
    ) -> dict[str, Any]:
        """Return settings for the next attempt in a category, and the score to expect of it.

        Keys: `params`, `score` with `low` and `high` (90 % interval of the expected score; a single attempt spreads by
        `spread` points around it), `evidence, n, chains, usual, usual_score`, `why` (a list of
        `param, value, usual, points, low, high, n`: what each setting brings over the usual one), `next` (the one
        change most worth trying: `param, value, instead_of, gain, low, high, params`; None where none promises
        anything), `by_model` (the same settings with each model: `model, score, low, high, n`), `never_varied` (a list
        of `param, value, worth_trying`), `borrowed` (parameters whose advice is mostly from other categories), `model`
        (the one given, or the one in use) and `note`. Without enough attempts there is no score, and `note` says so; it
        names what the log doesn't know, too.
        """
        from imglearn.learning.suggestions import suggest

        names = {"model": model, "material": material}
        given = {name: None if value is None else checked_text(name, value) for name, value in names.items()}
        return as_dict(suggest(self._history(), checked_text("category", category), **given))

    def export_study(self, category: str, storage: str) -> tuple[str, int]:
        """Write the attempts of a category as an Optuna study to a storage URL (sqlite:///study.db); return its name
        and how many trials it has. Needs the extra `optuna`. Raises StudyError where it can't be written.
        """
        from imglearn.learning.study import export_study

        return export_study(self._history(), checked_text("category", category), checked_text("storage", storage))

    def get_importance(
        self, category: str | None = None, model: str | None = None, filter: FilterLike = None
    ) -> list[dict[str, Any]]:
        """Return how much each parameter matters within a category, most first.

        Keys: `param`, `importance` (variance in points squared that it makes), `share` (of all of them, 0 to 1),
        `effect` (points between its best and its worst level, as they were found: too large where q is high) with
        `low` and `high` (90 % interval), `q` (so many of those found at it are luck, on average, at most),
        `n, chains, evidence` and `note`: never varied, collinear with another one, too few. With a `category` in that
        one, else over all; with a `model` by its attempts alone.
        """
        from imglearn.learning.importance import importance

        within = None if category is None else checked_text("category", category)
        return [as_dict(found) for found in importance(self._history(filter, {"model": model}), within)]

    def get_correlation_matrix(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Return how parameters and outcomes go together within a category, of first attempts.

        Keys: `variables` (a list of `name, kind, n, note`; a kind is parameter, outcome or circumstance), `pairs` (a
        list of `a, b, value, q, n, chains`; a value is Spearman's rank correlation of two numbers, else from 0 to 1),
        `n, chains, evidence` and `note`.
        """
        from imglearn.learning.correlations import correlation_matrix

        return as_dict(correlation_matrix(self._history(filter, where)))

    def get_change_points(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> list[dict[str, Any]]:
        """Return the moments at which scores changed for good, oldest first.

        Keys: `timestamp, attempt_id` (the first attempt after it), `scope` (all, model or category) and `name`,
        `shift` in points with `low` and `high` (95 % interval), `p`, and how many first attempts there are `before` and
        `after`.
        """
        from imglearn.learning.change_points import change_points

        return [as_dict(found) for found in change_points(self._history(filter, where))]

    def get_drift(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Return how results moved over the whole time, and whether that is beyond luck.

        Keys: `pass_rate` (percentage points) and `score` (points), and the same within category and model
        (`adjusted_pass_rate, adjusted_score`): each `change, low, high` (95 % interval) and `direction` (rose, fell, no
        direction beyond luck, not known); and `days, n, chains, evidence`.
        """
        from imglearn.learning.drift import drift

        return as_dict(drift(self._history(filter, where)))

    def get_feedback_effects(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> list[dict[str, Any]]:
        """Return what applied feedback does to the attempts that get it: all ("ALL"), then kind by kind.

        Keys: `category`, `estimate` in score points with `low` and `high` (95 % interval), `pass_effect` in percentage
        points and `pass_effect_interval`, `n, retries, chains, evidence`, `verdict` (helps, harms, can't be told from
        none, not known), `more` and `settle` (what would tell more), the `naive` difference with `naive_note` (why it
        is wrong), and a second opinion on passing: `odds_ratio, odds_ratio_interval`, with `disagreement` where it
        differs.
        """
        from imglearn.learning.feedback_effects import feedback_effects

        return [as_dict(found) for found in feedback_effects(self._history(filter, where))]

    def suggest_feedback(
        self,
        issue: str | None = None,
        attempt_id: str | None = None,
        category: str | None = None,
        limit: int | None = 5,
    ) -> list[dict[str, Any]]:
        """Return feedback that fixed an issue before, best first: of a text, of an attempt (all that is wrong with it),
        or without either what helps most at all. Texts that do harm are never among them.

        Keys: `text, feedback_category`, `tried` and `fixed` (how often, after such an issue), `chance` (percent gone by
        themselves, of `unfed`), `gain` in points with `low` and `high` (90 % interval), `used, relevance` (0 to
        1), `evidence` ("no data": untested on such an issue), `examples` (ids) and `matched_by` (words; or meaning,
        with the extra `semantic`). With a `category` of attempts, only what happened in it counts as tried. Raises
        InvalidRecordError where the attempt is not here.
        """
        within = None if category is None else checked_text("category", category)
        return self._fixes_of(self.issues_of(issue, attempt_id), within, limit)

    def issues_of(self, issue: str | None = None, attempt_id: str | None = None) -> list[str]:
        """Return an issue, and what was wrong with an attempt: its physics issues and its red flags. Raises
        InvalidRecordError where the attempt is not here.
        """
        from imglearn.learning.hygiene import issues_of
        from imglearn.store import attempts

        found = [] if issue is None else [checked_text("issue", issue)]
        if attempt_id is not None:
            attempt = attempts.get(self.store, checked_text("attempt_id", attempt_id))
            if attempt is None:
                raise InvalidRecordError("attempt_id", attempt_id, "the id of an attempt that is here")
            found += issues_of(attempt.physics_issues, attempt.red_flags)
        return found

    def check_alerts(self) -> list[dict[str, Any]]:
        """Return what is worse now than it was, oldest first, by the newest 5,000 attempts: see `replay_alerts`."""
        from imglearn.learning.alerts import MOST_NOW, alerts
        from imglearn.learning.history import history

        past = history(self.store, pass_threshold=self.pass_threshold, most=MOST_NOW)
        return [as_dict(found) for found in alerts(past).current]

    def replay_alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that the history would have raised, attempt by attempt, oldest first.

        Keys: `id, attempt_id, timestamp` (of the attempt that raised it), `scope, name, kind` (score, pass rate or
        errors), `message, statistic, threshold`, `before` and `since` (means; points or percent), `n` (outcomes since)
        and `began_id`. Without any change false alarms come at least `threshold` outcomes apart on average.
        """
        from imglearn.learning.alerts import alerts

        return [as_dict(found) for found in alerts(self._history()).raised]

    def compare_models(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Compare the models: their figures, and pair by pair which one is better where both do the same.

        Keys: `models` (per model: `model, attempts, passed, failed, unknown, success_rate, success_rate_interval,
        scored, avg_score, avg_score_interval, top_issues`), `by_category` (per category: `category, models`), `note`
        where they were not tried on the same categories, and `pairs`: `a, b`, `estimate` (a less b, score points) with
        `low` and `high` (95 % interval), `p_better` (that a is), `categories, not_compared, n_a, n_b, since, until`
        (the longest time without a change of either), `evidence, verdict, more`, `now` (the same since the last change)
        and `by_category` (`category, estimate, low, high, raw, n_a, n_b`). No winner while the interval holds 0.
        """
        from imglearn.learning.change_points import model_changes
        from imglearn.learning.model_pairs import model_pairs

        pairs = model_pairs(self._history(filter, where), model_changes(self._history()))
        return {**super().compare_models(filter, **where), "pairs": [as_dict(pair) for pair in pairs]}

    def get_report(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> dict[str, Any]:
        """Return the whole report as data (see `Questions.get_report`), with `feedback_effects`: none where no feedback
        was applied, and then without numpy.
        """
        asked = asked_of(filter, where)
        found = super().get_report(asked)
        return {**found, "feedback_effects": self.get_feedback_effects(asked) if found["feedback_patterns"] else []}

    def print_analytics_report(self, filter: FilterLike = None, **where: Unpack[FilterFields]) -> None:
        """Print the whole report to standard output, in colour on a terminal."""
        from imglearn.reporting import advice, printing

        printing.print_tables(advice.report(self.get_report(filter, **where)))

    def _fixes_of(self, issues: Sequence[str], category: str | None, limit: int | None) -> list[dict[str, Any]]:
        """Return the same of several issues, of none what helps most at all."""
        from imglearn.learning.fixes import fixes

        return [as_dict(one) for one in fixes(self._history(), tuple(issues), category, checked_limit(limit))]

    def _history(self, filter: FilterLike = None, *where: Any) -> History:
        from imglearn.learning.history import history

        return history(self.store, asked_of(filter, *where), self.pass_threshold)
