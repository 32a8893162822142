"""Which settings next? The safe ones, why, and the one change that is most worth trying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from imglearn.analytics.rates import Z_90
from imglearn.learning.evidence import Evidence, evidence
from imglearn.learning.frame import Coded, Floats, Frame, Ints, frame
from imglearn.learning.history import History, remembered
from imglearn.learning.parameters import PER_MODEL, Value, parameters
from imglearn.learning.surface import LEAST_CHAINS, Prediction, Surface, surface
from imglearn.learning.tried import (
    Plain,
    Setting,
    Tried,
    Unvaried,
    comparable,
    near,
    never_varied,
    plain_setting,
    plain_value,
    tried_of,
    usual_value,
)

# Standard deviations that a safe setting is marked down by: some hundred are compared at once, and a bound that holds
# for all of them is that wide (Bonferroni).
_CAUTION = 4.0
_CURIOSITY = 1.0  # standard deviations that a change worth trying is marked up by
_SWEEPS = 6
_LEAST_STEP = 1e-6  # points
_LEAST_GAIN = 0.25  # points, for which something is set otherwise than usual
_LEAST_HOPE = 0.5  # points that a change worth trying may well bring
_LEAST_TOLD = 0.25  # of a parameter's own effects in a category; where its attempts tell less, others tell the rest
_LAST = 30  # attempts that tell which model is in use
_NONE = np.zeros(0)


class Reason(Struct, frozen=True):
    """What a setting is good for: its expected points over the usual one, with a 90 % interval.

    `n` attempts of the category have a value of their own for the parameter.
    """

    param: str
    value: Plain
    usual: Plain
    points: float
    low: float
    high: float
    n: int


class Probe(Struct, frozen=True):
    """The one change of the safe settings that is most worth trying: what it is, and what it is expected to gain in
    points, with a 90 % interval; `params` are all settings with it.
    """

    param: str
    value: Plain
    instead_of: Plain
    gain: float
    low: float
    high: float
    params: dict[str, Plain]


class WithModel(Struct, frozen=True):
    """The score that the same settings are expected to have with a model, with its 90 % interval; `n` attempts of the
    category were made with it. guidance_scale, which each model takes otherwise, is its own usual one.
    """

    model: str | None
    score: float
    low: float
    high: float
    n: int


class Suggestion(Struct, frozen=True):
    """Settings for a category, and the score that a first attempt with them is expected to have.

    `low` and `high` bound that expectation (90 %), not a single attempt's score, which spreads by `spread` points
    (standard deviation) around it. `n` attempts in `chains` chains are of the category (and material); `model` is what
    the score is expected for. `usual` are its usual settings and `usual_score` what they are expected to give.
    `by_model` is the same for each model of the category. `borrowed` are the parameters of which the advice is mostly
    from other categories, `never_varied` those that had one value only, of which nothing can be known. Without enough
    to go by (`note` says so) there are no expectations, and `params` are what the attempts that passed had mostly, or
    else the usual ones.
    """

    category: str
    model: str | None
    material: str | None
    params: dict[str, Plain]
    evidence: Evidence
    n: int
    chains: int
    usual: dict[str, Plain]
    never_varied: tuple[Unvaried, ...]
    borrowed: tuple[str, ...] = ()
    score: float | None = None
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    usual_score: float | None = None
    why: tuple[Reason, ...] = ()
    next: Probe | None = None
    by_model: tuple[WithModel, ...] = ()
    note: str | None = None


@remembered
def suggest(past: History, category: str, model: str | None = None, material: str | None = None) -> Suggestion:
    """Return settings for a category, as expected with a model: without one, that which it was used with most lately.

    The safe settings are those whose expected score (see `Surface`) less four standard deviations is highest, among
    the values that were tried in the category: the best attempt seen is mostly a lucky one (winner's curse), and what
    was tried little is marked down. The change worth trying is the one whose expected gain plus one standard deviation
    is highest, an upper confidence bound (N. Srinivas et al., "Gaussian process optimization in the bandit setting",
    ICML 2010): one parameter at a time explains itself afterwards. The model is additive: that two parameters only work
    together, or a parameter otherwise with a model (but for guidance_scale), it doesn't know.
    """
    fitted = surface(past, category)
    cases = frame(past) if fitted is None else fitted.cases
    known = parameters(cases.cases) if fitted is None else fitted.every_parameter
    ours = np.flatnonzero(cases.category.codes == _code(cases.category, category))
    model = _latest_model(cases, ours) if model is None else model
    where = ours if len(ours) else np.arange(cases.n)  # of a new category: what was tried elsewhere
    tried = {one.parameter.name: one for one in tried_of(cases, known, where, _code(cases.model, model))}
    usual = {name: value for name, one in tried.items() if (value := one.usual) is not None}
    note = _unknown_names(cases, category, model, material)
    if material is not None:
        ours = ours[cases.material.codes[ours] == _code(cases.material, f"{category}\0{material}")]
    chains = len(np.unique(cases.chain[ours]))
    found = Suggestion(
        category=category,
        model=model,
        material=material,
        params=plain_setting(usual, tried),
        evidence=evidence(chains),
        n=len(ours),
        chains=chains,
        usual=plain_setting(usual, tried),
        never_varied=tuple(never_varied(known, where)),
        note=note,
    )
    if fitted is None:
        return _as_successes(cases, found, tried, usual, where)
    return _expected(fitted, found, tried, usual, ours)


def _unknown_names(cases: Frame, category: str, model: str | None, material: str | None) -> str | None:
    """Return in words which names no attempt that counts has, and what they may have been meant to be."""
    said = []
    materials = [str(name).split("\0", 1) for name in cases.material.names]
    for what, name, known in (
        ("category", category, [str(one) for one in cases.category.names]),
        ("model", model, [str(one) for one in cases.model.names if one is not None]),
        ("material", material, [one for within, one in materials if within == category]),
    ):
        if name is not None and name not in known and cases.n:
            close = get_close_matches(name, known, n=1)
            perhaps = f" (perhaps {close[0]}?)" if close else ""
            said.append(f"no attempt that counts has the {what} {name}{perhaps}: it is told by the others")
    return "; ".join(said) or None


def _expected(fitted: Surface, found: Suggestion, tried: Mapping[str, Tried], usual: Setting, ours: Ints) -> Suggestion:
    """Return a suggestion with what the surface expects."""
    cases = fitted.cases
    category = cases.category.code(found.category)
    at = _At(
        fitted,
        category,
        cases.model.code(found.model),
        cases.material.code(f"{found.category}\0{found.material}"),
        found.material is not None,
    )
    safe = _worth_it(at, _climb(at, tried, usual), usual)
    (score, usual_score), (sd, _) = at.predicted([safe, usual])
    borrowed = tuple(
        name
        for name in tried
        if name in fitted.features and (category is None or fitted.told_by(name, category) < _LEAST_TOLD)
    )
    return msgspec.structs.replace(
        found,
        params=plain_setting(safe, tried),
        score=float(score),
        low=float(score - Z_90 * sd),
        high=float(score + Z_90 * sd),
        spread=fitted.noise,
        usual_score=float(usual_score),
        why=tuple(_reasons(at, tried, safe, usual, ours)),
        next=_probe(at, tried, safe),
        by_model=tuple(_by_model(at, tried, safe, ours)),
        borrowed=borrowed,
    )


class _At(NamedTuple):
    """The surface for a category, a model and perhaps a material; None: one that the log doesn't know."""

    fitted: Surface
    category: int | None
    model: int | None
    material: int | None
    has_material: bool

    def rows(self, settings: Sequence[Setting]) -> Floats:
        return self.fitted.rows(self.category, self.model, settings, self.material)

    def predicted(self, settings: Sequence[Setting]) -> Prediction:
        named = {"category": self.category, "model": self.model}
        if self.has_material:
            named["material"] = self.material
        unknown = self.fitted.unknown(named, self.category, settings)
        return self.fitted.predict(self.rows(settings), unknown)

    def gains(self, settings: Sequence[Setting], over: Setting) -> Prediction:
        """Return what settings are expected to bring more than another one."""
        unknown = self.fitted.unknown_of_changes(self.category, settings, over)
        return self.fitted.predict(self.rows(settings) - self.rows([over]), unknown)


def _climb(at: _At, tried: Mapping[str, Tried], start: Setting) -> dict[str, Value]:
    """Return the safest setting that is reached by changing one parameter after the other for the better."""
    now = dict(start)
    best = _safety(at.predicted([now]))[0]
    for _ in range(_SWEEPS):
        before = best
        for name, one in tried.items():
            while others := one.others(now.get(name), swapped=True):
                safety = _safety(at.predicted([{**now, name: value} for value in others]))
                place = int(safety.argmax())
                if safety[place] <= best + _LEAST_STEP:
                    break
                best, now[name] = safety[place], others[place]
        if best <= before:
            break
    return now


def _worth_it(at: _At, safe: Mapping[str, Value], usual: Setting) -> dict[str, Value]:
    """Return the safe setting without the changes that bring next to nothing: what is usual stays."""
    names = [name for name in safe if name in usual and safe[name] != usual[name]]
    gains = at.gains([{**usual, name: safe[name]} for name in names], usual).mean if names else _NONE
    kept = {name for name, gain in zip(names, gains.tolist(), strict=True) if gain < _LEAST_GAIN}
    return {name: usual[name] if name in kept else value for name, value in safe.items()}


def _by_model(at: _At, tried: Mapping[str, Tried], safe: Setting, ours: Ints) -> Iterator[WithModel]:
    """Yield what the same settings are expected to give with each model that was used in the category, those that are
    comparable only within a model with its own usual ones.
    """
    cases = at.fitted.cases
    counts = np.bincount(cases.model.codes[ours], minlength=len(cases.model.names))
    for code in np.argsort(-counts, kind="stable").tolist():
        if counts[code]:
            own = {
                name: value
                for name in PER_MODEL & safe.keys()
                if code != at.model
                and (value := usual_value(tried[name].parameter, comparable(cases, name, ours, code))) is not None
            }
            expected = at._replace(model=code).predicted([{**safe, **own}])
            score, half = float(expected.mean[0]), Z_90 * float(expected.sd[0])
            yield WithModel(cases.model.names[code], score, score - half, score + half, int(counts[code]))


def _safety(expected: Prediction) -> Floats:
    return np.asarray(expected.mean - _CAUTION * expected.sd)


def _probe(at: _At, tried: Mapping[str, Tried], safe: Setting) -> Probe | None:
    """Return the one change of the safe settings whose gain may well be highest."""
    changes = [(name, value) for name, one in tried.items() for value in one.others(safe.get(name))]
    if not changes:
        return None
    gains = at.gains([{**safe, name: value} for name, value in changes], safe)
    hope = np.where(gains.sd > 0, gains.mean + _CURIOSITY * gains.sd, -np.inf)
    place = int(hope.argmax())
    if hope[place] < _LEAST_HOPE:
        return None
    name, value = changes[place]
    gain, half = float(gains.mean[place]), Z_90 * float(gains.sd[place])
    return Probe(
        param=name,
        value=plain_value(value, tried[name].parameter),
        instead_of=plain_value(safe[name], tried[name].parameter) if name in safe else None,
        gain=gain,
        low=gain - half,
        high=gain + half,
        params=plain_setting({**safe, name: value}, tried),
    )


def _reasons(at: _At, tried: Mapping[str, Tried], safe: Setting, usual: Setting, ours: Ints) -> Iterator[Reason]:
    """Yield what each setting that is not the usual one brings, most first."""
    names = [name for name in safe if safe[name] != usual.get(name)]
    gains = at.gains([{**usual, name: safe[name]} for name in names], usual) if names else Prediction(_NONE, _NONE)
    for place in np.argsort(-gains.mean, kind="stable").tolist():
        one = tried[names[place]]
        points, half = float(gains.mean[place]), Z_90 * float(gains.sd[place])
        yield Reason(
            param=names[place],
            value=plain_value(safe[names[place]], one.parameter),
            usual=plain_value(usual[names[place]], one.parameter) if names[place] in usual else None,
            points=points,
            low=points - half,
            high=points + half,
            n=near(one, safe[names[place]], ours),
        )


def _as_successes(
    cases: Frame, found: Suggestion, tried: Mapping[str, Tried], usual: Setting, where: Ints
) -> Suggestion:
    """Return a suggestion without expectations: what the attempts that passed have in common."""
    passed = where[cases.passed[where] == 1]
    chains = len(np.unique(cases.chain))
    common = {name: value for name in tried if (value := usual_value(tried[name].parameter, passed)) is not None}
    said = f"the settings of the {len(passed)} that passed" if len(passed) else "the usual settings"
    too_few = f"too few to expect a score ({chains} chains of attempts in all, needs {LEAST_CHAINS}): {said}"
    return msgspec.structs.replace(
        found,
        params=plain_setting({**usual, **common}, tried),
        note="; ".join(filter(None, (too_few, found.note))),
    )


def _latest_model(cases: Frame, ours: Ints) -> str | None:
    """Return the model that was used most in the last attempts."""
    last = (ours if len(ours) else np.arange(cases.n))[-_LAST:]
    return cases.model.names[int(np.bincount(cases.model.codes[last]).argmax())] if len(last) else None


def _code(column: Coded, name: str | None) -> int:
    code = column.code(name)
    return -1 if code is None else code
