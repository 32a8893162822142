"""The attempts of a category as an Optuna study: for its samplers, and for optuna-dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imglearn.errors import ImglearnError
from imglearn.learning.frame import frame
from imglearn.learning.history import History
from imglearn.learning.parameters import NOT_ADVISED, Parameter, parameters

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


class StudyError(ImglearnError):
    """The study could not be written."""


def export_study(past: History, category: str, storage: str) -> tuple[str, int]:
    """Write the scored attempts of a category as trials of a study to maximise; return its name, and how many it has.

    `storage` is an Optuna storage URL, such as sqlite:///study.db. What varied is a parameter: numbers within the range
    that was tried, choices, and for each item of a list whether it was used. A trial has the parameters that its
    attempt has, and the attempt's id as a user attribute. A study of that name that is there already is not touched.
    Raises StudyError.
    """
    try:
        import optuna
        from optuna.trial import create_trial
    except ImportError:
        raise StudyError("--optuna needs Optuna: pip install 'imglearn[optuna]'") from None
    cases = frame(past)
    code = cases.category.code(category)
    cases = cases.of(cases.category.codes == (-1 if code is None else code))
    known = [one for one in parameters(cases.cases) if one.note is None and one.name not in NOT_ADVISED]
    if not cases.n or not known:
        raise StudyError(f"no attempt in {category} that counts has a parameter that varied")
    name = f"imglearn {category}"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {one.name: _distributions(one) for one in known}
    trials = []
    for place, case in enumerate(cases.cases):
        params: dict[str, Any] = {}
        for one in known:
            params |= _values(one, place, space[one.name])
        distributions = {key: kind for inner in space.values() for key, kind in inner.items() if key in params}
        attributes = {"attempt": case.attempt.id, "model": case.attempt.model, "time": case.attempt.timestamp}
        value = float(cases.score[place])
        trials.append(create_trial(params=params, distributions=distributions, value=value, user_attrs=attributes))
    try:
        study = optuna.create_study(storage=storage, study_name=name, direction="maximize")
        study.add_trials(trials)
    except optuna.exceptions.DuplicatedStudyError:
        raise StudyError(f"{storage} has a study {name!r} already; give another file") from None
    except Exception as error:  # of the database behind it, whichever that is
        raise StudyError(f"{storage} can't be written ({type(error).__name__}: {error})") from error
    return name, cases.n


def _distributions(one: Parameter) -> dict[str, BaseDistribution]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if one.kind == "set":
        items = sorted({item for value in one.values if isinstance(value, frozenset) for item in value})
        return {f"{one.name}: {item}": CategoricalDistribution((True, False)) for item in items}
    if one.kind == "choice":
        return {one.name: CategoricalDistribution(sorted({str(value) for value in one.values if value is not None}))}
    numbers = [float(value) for value in one.values if isinstance(value, float)]
    if one.is_whole:
        return {one.name: IntDistribution(int(min(numbers)), int(max(numbers)))}
    return {one.name: FloatDistribution(min(numbers), max(numbers))}


def _values(one: Parameter, place: int, space: dict[str, BaseDistribution]) -> dict[str, Any]:
    value = one.values[place]
    if value is None:
        return {}
    if isinstance(value, frozenset):
        return dict.fromkeys(space, False) | {f"{one.name}: {item}": True for item in value}
    if one.kind == "choice":
        return {one.name: str(value)}
    return {one.name: int(float(value)) if one.is_whole else float(value)}
