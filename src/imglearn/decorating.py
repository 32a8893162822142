"""A function that generates, each call of which is an attempt."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from imglearn.attempt import RunningAttempt
from imglearn.records import ATTEMPT_FIELDS

Function = TypeVar("Function", bound=Callable[..., Any])

HANDLE = "attempt"  # the parameter that is given the attempt, where a function has one
_TOLD = frozenset(ATTEMPT_FIELDS) - {"id", "timestamp", "status", "extra"}
_PLAIN = (str, int, float, bool, os.PathLike)


def logged(begin: Callable[..., RunningAttempt], fields: Mapping[str, object], function: Function) -> Function:
    """Return the function with an attempt around each call, which `begin` makes from fields of the record.

    Arguments that are named like a field become that field; any other that is a number, a text, a path or a list of
    these becomes a parameter. `fields` are those that the arguments don't say.
    """
    signature = inspect.signature(function)
    wants_handle = HANDLE in signature.parameters

    def attempt_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[RunningAttempt, dict[str, Any]]:
        handle = {HANDLE: None} if wants_handle else {}
        bound = signature.bind(*args, **{**handle, **kwargs})
        bound.apply_defaults()
        attempt = begin(**{**fields, **_said(bound.arguments, signature, fields)})
        return attempt, {**kwargs, **({HANDLE: attempt} if wants_handle else {})}

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            attempt, given = attempt_of(args, kwargs)
            async with attempt:
                return _noted(attempt, await function(*args, **given))

    else:

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            attempt, given = attempt_of(args, kwargs)
            with attempt:
                return _noted(attempt, function(*args, **given))

    return wrapped  # type: ignore[return-value]


def _said(
    arguments: Mapping[str, object], signature: inspect.Signature, fields: Mapping[str, object]
) -> dict[str, object]:
    """Return what a call's arguments say of the attempt."""
    said: dict[str, object] = {}
    given = fields.get("params")
    params = dict(given) if isinstance(given, Mapping) else {}
    for name, value in arguments.items():
        kind = signature.parameters[name].kind
        named: Mapping[str, object] = {name: value}
        if kind is inspect.Parameter.VAR_KEYWORD and isinstance(value, Mapping):
            named = value
        for key, argument in named.items():
            if argument is None or key in (HANDLE, "self"):
                continue
            if key == "params" and isinstance(argument, Mapping):
                params.update(argument)
            elif key in _TOLD:
                said[key] = argument
            elif _is_plain(argument):
                params[key] = argument
    return {**said, "params": params} if params else said


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def _noted(attempt: RunningAttempt, result: Any) -> Any:
    """Take the path of an image that a function returns for what it made."""
    if isinstance(result, str | os.PathLike) and os.path.isfile(result):  # noqa: PTH113 - it may be any text
        attempt.image(result)
    return result
