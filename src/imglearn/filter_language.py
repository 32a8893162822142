"""The language of filters, as people type them: words, and names with values.

`dust "settles low" category:wood passed:no score:<75 model:imagen since:2d param.steps:>30 -material:oak`

Words and phrases are a full-text search. A name is matched by any part of it, in capitals or not, and exactly after
an `=`; of several terms of one name any may hold. A `-` before a term turns it round.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from imglearn.errors import InvalidRecordError
from imglearn.filters import AttemptFilter, Operator, Term, attempt_filter

_PARAM = "param."
_NAMES = {  # what people type: the field that it asks about
    "category": "category",
    "material": "material",
    "model": "model",
    "feedback": "feedback_category",
    "failure": "failure_category",
    "source": "feedback_source",
    "image": "image_path",
    "id": "id",
    "status": "status",
    "passed": "passed",
    "score": "realism_score",
    "retry": "parent_id",
    "retries": "retry_count",
    "duration": "duration_s",
    "since": "since",
    "until": "until",
}
_SPELLED = {field: name for name, field in _NAMES.items()}
_VERDICTS = {"yes": True, "true": True, "pass": True, "passed": True, "no": False, "false": False, "fail": False,
             "failed": False, "unknown": "unknown", "none": "unknown"}  # fmt: skip
_STATUSES = ("running", "done", "error", "abandoned")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_NUMBERS = frozenset({"realism_score", "retry_count", "duration_s"})
_EXACT = frozenset({"category", "material", "model", "feedback_category"})  # a field of the filter for the exact name

_QUOTED = r'"(?:[^"\\]|\\.)*"?'
_TOKEN = re.compile(rf'-?[A-Za-z][\w.-]*:(?:=?{_QUOTED}|[^\s"]*)|-?"[^"]*"?|[^\s"]+', re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMPARED = re.compile(rf"(>=|<=|>|<|=)?({_NUMBER.pattern})")
_RANGE = re.compile(rf"({_NUMBER.pattern})\.\.({_NUMBER.pattern})")


class Problem(NamedTuple):
    """What is wrong with the text between two places of it."""

    start: int
    end: int
    message: str


class Parsed(NamedTuple):
    """What a text asks for, without the terms that can't be understood."""

    filter: AttemptFilter
    problems: tuple[Problem, ...] = ()


class _WrongValueError(ValueError):
    """A value that its name can't have; the message says what is wanted."""


def parse(text: str, *, unfinished: bool = False) -> Parsed:
    """Return what a text asks for. Any text is valid: what can't be understood is told and left out.

    Where it is `unfinished`, the last word may be the beginning of one, as while a person types.
    """
    words: list[str] = []
    terms: list[Term] = []
    fields: dict[str, object] = {}
    problems: list[Problem] = []
    for token in _TOKEN.finditer(text):
        written = token[0].removeprefix("-")
        name, colon, value = written.partition(":")
        known = name.lower()
        if not colon or written.startswith('"') or not (known in _NAMES or known.startswith(_PARAM)):
            words.append(token[0])
            continue
        try:
            found = _term(name, value, negated=token[0].startswith("-"))
            if isinstance(found, Term):
                terms.append(found)
            else:
                _add(fields, found)
        except (_WrongValueError, InvalidRecordError) as error:
            wanted = str(error) if isinstance(error, _WrongValueError) else f"{name}: {_wanted(error)}"
            problems.append(Problem(token.start(), token.end(), wanted))
    if words:
        fields["text"] = " ".join(words)
        if unfinished and text[-1:].isalnum() and words[-1][-1:] == text[-1] and '"' not in words[-1]:
            fields["text"] = f"{fields['text']}*"
    fields |= _single_out(_together(terms))
    return Parsed(attempt_filter(fields), tuple(problems))


def to_text(asked: AttemptFilter) -> str:
    """Return the text that asks for the same."""
    written: list[str] = []
    for field in ("category", "material", "model", "feedback_category"):
        if (name := getattr(asked, field)) is not None:
            written.append(f"{_SPELLED[field]}:={_quoted(name)}")
    if asked.passed is not None:
        written.append(f"passed:{asked.passed if asked.passed == 'unknown' else 'yes' if asked.passed else 'no'}")
    if asked.min_score is not None:
        written.append(f"score:>={asked.min_score:.17g}")
    if asked.max_score is not None:
        written.append(f"score:<={asked.max_score:.17g}")
    written += [f"{name}:{moment}" for name in ("since", "until") if (moment := getattr(asked, name)) is not None]
    written += [text for term in asked.terms or () for text in _written(term)]
    return " ".join([*written, asked.text] if asked.text is not None else written)  # last: it may end in an open quote


def _term(name: str, value: str, *, negated: bool) -> Term | dict[str, object]:
    """Return what a name with a value asks for: fields of the filter where these say it, else a term."""
    field = (
        name[: len(_PARAM)].lower() + name[len(_PARAM) :] if name.lower().startswith(_PARAM) else _NAMES[name.lower()]
    )
    exact, bare = value.startswith("="), value.removeprefix("=")
    plain = _unquoted(bare)
    if not plain or field == _PARAM:
        raise _WrongValueError(f"{name}: wants a value, such as {name}:{_example(field)}")
    if field in ("since", "until"):
        if negated:
            raise _WrongValueError(f"-{name}: can't be turned round; use {'until' if field == 'since' else 'since'}")
        return attempt_filter({field: plain}).given()
    if field == "passed":
        return _verdict(name, plain, negated)
    if field == "parent_id":
        if plain.lower() not in _YES_NO:
            raise _WrongValueError(f"{name}: got {plain!r}; wants yes or no")
        return Term(field, "known", (), _YES_NO[plain.lower()] == negated)
    if field == "status":
        if plain.lower() not in _STATUSES:
            raise _WrongValueError(f"{name}: got {plain!r}; wants one of {', '.join(_STATUSES)}")
        return Term(field, "=", (plain.lower(),), negated)
    if field in _NUMBERS or (field.startswith(_PARAM) and '"' not in value):
        compared = _compared(value)
        if compared is not None:
            return _numeric(field, compared, negated)
        if field in _NUMBERS:
            raise _WrongValueError(f"{name}: got {plain!r}; wants a number, such as {_example(field)}, >=80 or 70..80")
    if field == "id":
        return Term(field, "begins", (plain,), negated)
    return Term(field, "=" if exact else "contains", (plain,), negated)


def _verdict(name: str, value: str, negated: bool) -> Term | dict[str, object]:
    if value.lower() not in _VERDICTS:
        raise _WrongValueError(f"{name}: got {value!r}; wants yes, no or unknown")
    verdict = _VERDICTS[value.lower()]
    if negated and verdict == "unknown":
        return Term("passed", "known", ())
    return {"passed": not verdict if negated else verdict}


def _compared(value: str) -> list[tuple[Operator, float]] | None:
    """Return the comparisons that a value stands for, None where it is no number."""
    if between := _RANGE.fullmatch(value):
        return [(">=", float(between[1])), ("<=", float(between[2]))]
    if one := _COMPARED.fullmatch(value):
        sign: Operator = one[1] or "="  # type: ignore[assignment]
        return [(sign, float(one[2]))]
    return None


def _numeric(field: str, compared: list[tuple[Operator, float]], negated: bool) -> Term | dict[str, object]:
    if any(not math.isfinite(number) for _, number in compared):
        raise _WrongValueError("a number without end")
    if field == "realism_score" and not negated:
        bounds: dict[str, object] = {}
        for sign, number in compared:
            if sign in (">=", "="):
                bounds["min_score"] = number
            if sign in ("<=", "="):
                bounds["max_score"] = number
        if bounds:
            return bounds
    if len(compared) == 2:
        return Term(field, "between", (compared[0][1], compared[1][1]), negated)
    ((sign, number),) = compared
    return Term(field, sign, (number,), negated)


def _add(fields: dict[str, object], found: dict[str, object]) -> None:
    """Take in fields of the filter. A second one says something else of the same, which no attempt could be."""
    for name, value in found.items():
        if fields.setdefault(name, value) != value:
            raise _WrongValueError(f"{_SPELLED.get(name, name.replace('_', ' '))}: is asked for twice")


def _together(terms: list[Term]) -> list[Term]:
    """Join terms that differ in their values alone: any of these may hold. Turned round, none of them."""
    found: dict[object, Term] = {}
    for term in terms:
        joinable = term.operator in ("contains", "=", "begins")
        key: object = (term.field, term.operator, term.negated) if joinable else term
        before = found.get(key)
        values = dict.fromkeys((*(before.values if before else ()), *term.values)) if joinable else term.values
        found[key] = Term(term.field, term.operator, tuple(values), term.negated)
    return list(found.values())


def _single_out(terms: list[Term]) -> dict[str, object]:
    """Return the fields that terms fill: one exact name has a field of its own."""
    found: dict[str, object] = {}
    rest = []
    for term in terms:
        if term.field in _EXACT and term.operator == "=" and not term.negated and len(term.values) == 1:
            found[term.field] = term.values[0]
        else:
            rest.append(term)
    return {**found, "terms": tuple(rest)} if rest else found


def _written(term: Term) -> Iterator[str]:
    name = term.field if term.field.startswith(_PARAM) else _SPELLED[term.field]
    sign = "-" if term.negated else ""
    if term.operator == "known":
        yield f"-{name}:unknown" if term.field == "passed" else f"{name}:{'no' if term.negated else 'yes'}"
    elif term.operator == "between":
        yield f"{sign}{name}:{'..'.join(f'{value:.17g}' for value in term.values)}"
    else:
        for value in term.values:
            if isinstance(value, str):
                exactly = "=" if term.operator == "=" and term.field != "status" else ""
                is_number = term.field.startswith(_PARAM) and _compared(value) is not None
                yield f"{sign}{name}:{exactly}{_quoted(value, always=is_number)}"
            else:
                yield f"{sign}{name}:{term.operator}{value:.17g}"


def _quoted(name: str, *, always: bool = False) -> str:
    if not always and re.fullmatch(r'[^\s"=\\][^\s"]*', name):
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    inside = re.fullmatch(r'"((?:[^"\\]|\\.)*)\\?"?', value, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", inside[1], flags=re.DOTALL) if inside else value[1:]


def _example(field: str) -> str:
    examples: dict[str, str] = {"realism_score": "<75", "since": "2d", "until": "2025-11-25", "retry_count": ">1",
                                "duration_s": ">60", "status": "running"}  # fmt: skip
    return examples.get(field, ">30" if field.startswith(_PARAM) else "wood")


def _wanted(error: InvalidRecordError) -> str:
    return str(error).partition(": ")[2] or str(error)
