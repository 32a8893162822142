"""How do attempts do by the value of one parameter?"""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.analytics.outcomes import Outcomes
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.records import FLAG_FIELDS
from imglearn.store import params
from imglearn.store.database import Store
from imglearn.store.params import Param, Spread
from imglearn.store.totals import Totals

DEFAULT_BINS = 5
MOST_BINS = 100
MOST_VALUES = 50  # of a text parameter; the rarest are left out
_MOST_SINGLE_NUMBERS = 12  # different numbers; more of them are put into bins

# The same number means another strength to another model.
_COMPARABLE_WITHIN_A_MODEL = {
    "guidance_scale",
    "true_cfg_scale",
    "cfg_scale",
    "cfg",
    "guidance",
    "distilled_guidance",
}


class ParamOutcomes(Outcomes, frozen=True):
    """The attempts with one value of a parameter, or with a number from `low` to `high` (both inclusive).

    `other_values` is how many rare values, of which none is named, a line puts together, None of any other line.
    Value and bounds are all None for these, and for the attempts without the parameter. `model` is the one that the
    line is about where the parameter is comparable only within a model, else None.
    """

    value: str | int | float | bool | None
    low: float | None
    high: float | None
    model: str | None
    attempts: int
    other_values: int | None = None


def param_breakdown(
    store: Store, name: str, bins: int = DEFAULT_BINS, asked: AttemptFilter = ANY_ATTEMPT
) -> list[ParamOutcomes]:
    """Return how attempts did by the value of any parameter: a field of the record, or a knob in `params`.

    Numbers stand alone up to 12 different ones, else in bins of about as many attempts each. Texts come most used
    first; all but the 50 most used are put together. Attempts without the parameter are last.

    Raises InvalidRecordError.
    """
    param = params.find(name)
    per_model = param.name in _COMPARABLE_WITHIN_A_MODEL
    with store.read():
        found = [
            line
            for spread in params.spreads(store, param, per_model, asked)
            for line in _of_spread(store, param, spread, bins, asked)
        ]
        rest = params.without_param(store, param, asked)
    if rest.attempts:
        found.append(ParamOutcomes.of(rest, None, None, None, None, rest.attempts))
    return found


def _of_spread(store: Store, param: Param, spread: Spread, bins: int, asked: AttemptFilter) -> Iterator[ParamOutcomes]:
    scope = spread.scope
    shown = None if scope.of_all else "unknown model" if scope.model is None else scope.model
    if spread.different_numbers > _MOST_SINGLE_NUMBERS:
        bounds = params.quantiles(store, param, scope, bins, asked)
        for low, high, group in params.by_bin(store, param, scope, bounds, asked):
            yield ParamOutcomes.of(group.totals, None, low, high, shown, group.totals.attempts)
    elif spread.different_numbers:
        for _, group in params.by_value(store, param, scope, True, asked):
            value = bool(group.key) if param.name in FLAG_FIELDS else group.key
            yield ParamOutcomes.of(group.totals, value, None, None, shown, group.totals.attempts)
    if spread.different_others:
        rest = Totals()
        for number, (kind, group) in enumerate(params.by_value(store, param, scope, False, asked)):
            if number >= MOST_VALUES:
                rest += group.totals
                continue
            value = kind == "true" if kind in ("true", "false") else group.key
            yield ParamOutcomes.of(group.totals, value, None, None, shown, group.totals.attempts)
        if rest.attempts:
            others = spread.different_others - MOST_VALUES
            yield ParamOutcomes.of(rest, None, None, None, shown, rest.attempts, others)
