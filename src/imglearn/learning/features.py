"""A parameter as columns: smooth curves of a number, a flag for each choice, a flag for each item of a set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from imglearn.learning.frame import Floats
from imglearn.learning.parameters import Parameter, Value

_KNOTS = 7
_LENGTH = 0.4  # of the range of a number: how far its effect at one value tells of that at another
_KEPT = 0.99  # of the variance of the curves
_RANGE = (0.02, 0.98)  # shares of the values: what is beyond counts as these
_LEAST_USED = 4  # attempts; a choice or an item used less has no column of its own
_MOST_FLAGS = 24


class Features:
    """The columns of a parameter, centred: `of` gives them for any values, unknown ones as the mean.

    A number becomes a few principal curves of a squared-exponential kernel at seven quantiles, which is a Gaussian
    process of reduced rank (C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning", 8.3.1). A
    choice is a flag, and a set is a flag for each item with a curve of how many there are.
    """

    def __init__(self, parameter: Parameter) -> None:
        self.name = parameter.name
        self.kind = parameter.kind
        known = [value for value in parameter.values if value is not None]
        self._curves: _Curves | None = None
        self._flags: dict[Value, int] = {}
        if parameter.kind == "number":
            self._curves = _Curves(np.array(known, dtype=float))
        elif parameter.kind == "choice":
            self._flags = _flags(Counter(known))
        else:
            sets = [value for value in known if isinstance(value, frozenset)]
            self._flags = _flags(Counter(item for items in sets for item in items))
            self._curves = _Curves(np.array([len(items) for items in sets], dtype=float))
        raw = self._raw(known)
        self._mean = raw.mean(axis=0)
        self.columns = raw.shape[1]

    def of(self, values: Sequence[Value | None]) -> Floats:
        """Return the columns for some values, a row each."""
        rows = np.zeros((len(values), self.columns))
        known = [place for place, value in enumerate(values) if value is not None]
        if known:
            rows[known] = self._raw([value for value in values if value is not None]) - self._mean
        return rows

    def _raw(self, values: Sequence[Value]) -> Floats:
        parts = []
        if self._flags:
            flags = np.zeros((len(values), len(self._flags)))
            for row, value in enumerate(values):
                for item in value if isinstance(value, frozenset) else (value,):
                    if (place := self._flags.get(item)) is not None:
                        flags[row, place] = 1
            parts.append(flags)
        if self._curves is not None:
            numbers = [len(value) if isinstance(value, frozenset) else value for value in values]
            parts.append(self._curves.at(np.array(numbers, dtype=float)))
        return np.hstack(parts) if parts else np.zeros((len(values), 0))


class _Curves:
    def __init__(self, values: Floats) -> None:
        self._low, high = np.quantile(values, _RANGE)
        if high <= self._low:
            self._low, high = values.min(), values.max()
        self._width = max(high - self._low, 1e-12)
        different = np.unique(self._scaled(values))
        self._knots = different if len(different) <= _KNOTS else np.quantile(different, np.linspace(0, 1, _KNOTS))
        kernel = self._kernel(self._knots) + 1e-4 * np.eye(len(self._knots))
        self._turn = np.linalg.inv(np.linalg.cholesky(kernel)).T
        curves = self.at(values)
        _, sizes, axes = np.linalg.svd(curves - curves.mean(axis=0), full_matrices=False)
        explained = np.cumsum(sizes**2) / max(float((sizes**2).sum()), 1e-12)
        kept = min(len(axes), int(np.searchsorted(explained, _KEPT)) + 1)
        self._turn = self._turn @ axes[:kept].T

    def at(self, values: Floats) -> Floats:
        return np.asarray(self._kernel(self._scaled(values)) @ self._turn)

    def _scaled(self, values: Floats) -> Floats:
        return np.asarray(np.clip((values - self._low) / self._width, 0, 1))

    def _kernel(self, scaled: Floats) -> Floats:
        return np.asarray(np.exp(-0.5 * ((scaled[:, None] - self._knots[None, :]) / _LENGTH) ** 2))


def _flags(counts: Counter[Value]) -> dict[Value, int]:
    often = [value for value, n in counts.most_common(_MOST_FLAGS) if n >= _LEAST_USED]
    return {value: place for place, value in enumerate(often)}
