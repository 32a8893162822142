"""Rules: what an image's path or prompt says about its material, its category and its model."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

from imglearn.errors import SettingsError

NAMES = ("material", "category", "model")
_KEYS = ("path", "prompt", *NAMES)
_MOST_CHARACTERS = 4_000  # of a prompt or path: what is looked at, so that a bad regex on a long text ends some day
_MOST_SECONDS = 1.0
_PATTERN_PART = re.compile(r"\*\*/|\*\*|\*|\?|\{(\w*)\}|[^*?{]+|\{")


class Rule(NamedTuple):
    """Where `path` and `prompt` are found, it `says` these values, and what their named groups matched."""

    path: re.Pattern[str] | None
    prompt: re.Pattern[str] | None
    says: Mapping[str, str]

    def said(self, path: str, prompt: str | None) -> dict[str, str]:
        """Return what it says of an image, nothing where it doesn't apply. Raises TooSlowError."""
        groups: dict[str, str] = {}
        for regex, text in ((self.path, path), (self.prompt, prompt)):
            if regex is None:
                continue
            found = None if text is None else _searched(regex, text[:_MOST_CHARACTERS])
            if found is None:
                return {}
            groups |= {name: value.strip() for name, value in found.groupdict().items() if value and value.strip()}
        return {**groups, **self.says}


class TooSlowError(Exception):
    """A regex that found no end with a text."""


def said(
    rules: Iterable[Rule], path: str, prompt: str | None, tell: Callable[[str], object] = lambda _: None
) -> dict[str, str]:
    """Return what the rules say of an image: of each field, what the first one says.

    A regex that finds no end with this text is passed over, and `tell` is told.
    """
    found: dict[str, str] = {}
    for rule in rules:
        try:
            found = {**rule.said(path, prompt), **found}
        except TooSlowError as error:
            tell(str(error))
    return found


def from_config(value: object, origin: str) -> tuple[Rule, ...]:
    """Read the config's table `watch`. Raises SettingsError."""
    if not isinstance(value, dict):
        raise SettingsError(f"{origin}: watch: got {value!r}; wants tables [[watch.rule]]")
    for name in value:
        if name != "rule":
            raise SettingsError(f"{origin}: unknown setting 'watch.{name}'; known is watch.rule")
    rules = value.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise SettingsError(f"{origin}: watch.rule: got {rules!r}; wants tables [[watch.rule]]")
    return tuple(_rule(rule, f"{origin}: watch.rule {number}") for number, rule in enumerate(rules, 1))


def _rule(given: Mapping[str, object], origin: str) -> Rule:
    for name, value in given.items():
        if name not in _KEYS:
            raise SettingsError(f"{origin}: unknown key {name!r}; known are {', '.join(_KEYS)}")
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"{origin}: {name}: got {value!r}; wants a text that is not empty")
    path, prompt = (_compiled(given[key], f"{origin}: {key}") if key in given else None for key in ("path", "prompt"))
    if path is None and prompt is None:
        raise SettingsError(f"{origin}: wants a regex for path or prompt")
    says = {name: str(given[name]) for name in NAMES if name in given}
    if not says and not any(regex.groupindex for regex in (path, prompt) if regex is not None):
        raise SettingsError(f"{origin}: it says nothing; wants {', '.join(NAMES)}, as keys or as named groups")
    return Rule(path, prompt, says)


def _compiled(text: object, origin: str) -> re.Pattern[str]:
    try:
        regex = re.compile(str(text))
    except (re.error, RecursionError, OverflowError) as error:
        raise SettingsError(f"{origin}: {text!r} is no regex ({error})") from None
    _check_names(regex.groupindex, origin)
    return regex


def _check_names(names: Iterable[str], origin: str) -> None:
    for name in names:
        if name not in NAMES:
            raise SettingsError(f"{origin}: unknown name {name!r}; known are {', '.join(NAMES)}")


def from_pattern(pattern: str) -> Rule:
    """Make a rule of a pattern such as `{category}/{material}/*.png`, for paths below the watched folder.

    `{name}` and `*` stand for a part of one name, `**` also for folders within folders. Raises SettingsError.
    """
    origin = f"pattern {pattern!r}"
    regex, names = "", []
    for part in _PATTERN_PART.finditer(pattern.strip("/")):
        text = part[0]
        if part[1] is not None:
            _check_names([part[1]], origin)
            if part[1] in names:
                raise SettingsError(f"{origin}: {text} stands in it twice")
            names.append(part[1])
            regex += f"(?P<{part[1]}>[^/]+)"
        else:
            wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
            regex += wild.get(text) or re.escape(text)
    if not names:
        raise SettingsError(f"{origin}: it says nothing; wants {', '.join(f'{{{name}}}' for name in NAMES)} in it")
    return Rule(re.compile(rf"\A{regex}\Z", re.DOTALL), None, {})


def _searched(regex: re.Pattern[str], text: str) -> re.Match[str] | None:
    with _for_a_moment(regex):
        return regex.search(text)


@contextmanager
def _for_a_moment(regex: re.Pattern[str]) -> Generator[None]:
    """Break off what takes longer than a second. Only the main thread can be told to; others wait."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"the rule {regex.pattern!r} takes too long and is passed over; write it without (a+)+")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
