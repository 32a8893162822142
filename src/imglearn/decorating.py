"""A function that generates, each call of which is an attempt."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from imglearn.attempt import RunningAttempt
from imglearn.errors import InvalidRecordError
from imglearn.records import ATTEMPT_FIELDS, Attempt, check

Function = TypeVar("Function", bound=Callable[..., Any])

HANDLE = "attempt"  # the parameter that is given the attempt, where a function has one
_TOLD = frozenset(ATTEMPT_FIELDS) - {"id", "timestamp", "status", "extra"}
_PLAIN = (str, int, float, bool, os.PathLike)


def logged(begin: Callable[..., RunningAttempt], fields: Mapping[str, object], function: Function) -> Function:
    """Return the function with an attempt around each call, which `begin` makes from fields of the record.

    Arguments that are named like a field become that field, where it can hold them; any other that is a number, a text,
    a path or a list of these becomes a parameter. `fields` are those that the arguments don't say.
    """
    signature = inspect.signature(function)
    takes_all = any(kind.kind is inspect.Parameter.VAR_KEYWORD for kind in signature.parameters.values())
    for name in ("material", "category"):
        if not (name in fields or name in signature.parameters or takes_all):
            raise TypeError(f"neither an argument of {function.__name__} nor @logged({name}=...) says the {name}")

    def attempt_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[RunningAttempt, inspect.BoundArguments]:
        bound = _bound(signature, args, kwargs)
        attempt = begin(**{**fields, **_said(bound.arguments, signature, fields)})
        if HANDLE in signature.parameters:
            bound.arguments[HANDLE] = attempt
        return attempt, bound

    @functools.wraps(function)
    def one(*args: Any, **kwargs: Any) -> Any:
        attempt, given = attempt_of(args, kwargs)
        with attempt:
            return _noted(attempt, function(*given.args, **given.kwargs))

    @functools.wraps(function)
    async def one_async(*args: Any, **kwargs: Any) -> Any:
        attempt, given = attempt_of(args, kwargs)
        async with attempt:
            result = await function(*given.args, **given.kwargs)
            return await asyncio.to_thread(_noted, attempt, result)

    @functools.wraps(function)
    def many(*args: Any, **kwargs: Any) -> Any:
        attempt, given = attempt_of(args, kwargs)
        with attempt:
            return (yield from function(*given.args, **given.kwargs))

    @functools.wraps(function)
    async def many_async(*args: Any, **kwargs: Any) -> Any:
        attempt, given = attempt_of(args, kwargs)
        async with attempt:
            async for result in function(*given.args, **given.kwargs):
                yield result

    # A generator is one attempt, from its first step to its last.
    kinds: tuple[tuple[Callable[[Any], bool], Callable[..., Any]], ...] = (
        (inspect.iscoroutinefunction, one_async),
        (inspect.isasyncgenfunction, many_async),
        (inspect.isgeneratorfunction, many),
    )
    return next((wrapped for is_such, wrapped in kinds if is_such(function)), one)  # type: ignore[return-value]


def _bound(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
    """Return a call's arguments with their defaults. The handle need not be given. Raises TypeError as a call would."""
    try:
        given = {HANDLE: None, **kwargs} if HANDLE in signature.parameters else kwargs
        bound = signature.bind(*args, **given)
    except TypeError:
        bound = signature.bind(*args, **kwargs)  # the handle stands among the others, or something else is wrong
    bound.apply_defaults()
    return bound


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
            elif key in _TOLD and _is_said(key, argument):
                said[key] = argument
            elif _is_plain(argument):
                params[key] = argument
    return {**said, "params": params} if params else said


def _is_said(name: str, value: object) -> bool:
    """Return whether a field can hold an argument of its name: a `model` may be a text, or the model itself."""
    try:
        check(Attempt, {"id": "x", "timestamp": "2000-01-01", "material": "x", "category": "x", name: value})
    except InvalidRecordError:
        return False
    return True


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def _noted(attempt: RunningAttempt, result: Any) -> Any:
    """Take the path of an image that a function returns for what it made."""
    if isinstance(result, str | os.PathLike) and os.path.isfile(result):  # noqa: PTH113 - it may be any text
        attempt.image(result)
    return result
