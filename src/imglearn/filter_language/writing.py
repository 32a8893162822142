"""A filter as a text of the language, which asks for just that filter."""

from __future__ import annotations

from collections.abc import Iterator

from imglearn.filter_language.parsing import parse
from imglearn.filter_language.scanning import Token, quoted, tokens
from imglearn.filter_language.vocabulary import has_name_of, name_of
from imglearn.filters import AttemptFilter
from imglearn.terms import PARAMS, Comparison, Term

_NAMES = ("category", "material", "model", "feedback_category")
_MIDNIGHT = "T00:00:00.000000Z"
_OF_VALUES = ("contains", "begins", "=")


def to_text(asked: AttemptFilter) -> str:
    """Return the text that `parse` reads as this filter, which must be one that `attempt_filter` made.

    A knob that is to be true is asked for by the word, which a text may be as well.
    """
    terms = list(_terms(asked))
    if asked.text is None:
        return " ".join(terms)
    plain = " ".join([asked.text, *terms])
    if parse(plain).filter == asked:
        return plain
    return " ".join(['text:"' + asked.text.replace('"', '""') + '"', *terms])


def narrowed(text: str, asked: AttemptFilter) -> str:
    """Return a text that asks for the same and for this besides. What is in it already stands there once."""
    held = list(tokens(text))
    names = {token.name.field for token in held if token.name}
    new = [token for token in tokens(to_text(asked)) if not _holds(held, token)]
    closed = text.strip() + '"' * (text.count('"') % 2)  # or a quote would go on into what is added
    # A further value of a name, without a sign before it, would be another one that will do.
    return " ".join([closed] * bool(closed) + [_beside(token, names) for token in new])


def _holds(held: list[Token], token: Token) -> bool:
    """Return whether a token is there already, and no other value of its name will do as well."""
    unsigned = [one for one in held if one.name and token.name and one.name.field == token.name.field and not one.sign]
    return any(
        one.text == f"+{token.text}"
        or (one.text == token.text and (not token.name or token.sign or len(unsigned) == 1))
        for one in held
    )


def _beside(token: Token, names: set[str]) -> str:
    is_one_more = token.name is not None and token.name.field in names and not token.sign
    return f"{'+' * is_one_more}{token.text}"


def _terms(asked: AttemptFilter) -> Iterator[str]:
    said = set()
    for field in _NAMES:
        if (name := getattr(asked, field)) is not None:
            said.add(field)
            yield f"{name_of(field)}:={quoted(name)}"
    if asked.passed is not None:
        said.add("passed")
        yield f"passed:{_flag(None if asked.passed == 'unknown' else asked.passed)}"
    low, high = asked.min_score, asked.max_score
    if low is not None and high is not None and low <= high:
        yield f"score:{_number(low)}..{_number(high)}"
    else:
        yield from (f"score:>={_number(low)}" for _ in [1] if low is not None)
        yield from (f"score:<={_number(high)}" for _ in [1] if high is not None)
    for field in ("since", "until"):
        if (moment := getattr(asked, field)) is not None:
            yield f"{field}:{moment.removesuffix(_MIDNIGHT)}"
    for term in asked.terms:
        asks_values = not term.negated and not _asks_whether_known(term)
        yield f"{'+' * (asks_values and term.name in said)}{_term(term)}"
        if asks_values and all(one.sign in _OF_VALUES for one in term.any_of):
            said.add(term.name)


def _term(term: Term) -> str:
    if _asks_whether_known(term):
        if term.name == "parent_id":
            return f"retry:{_flag(term.negated)}"
        return f"{'' if term.negated else '-'}has:{has_name_of(term.name)}"
    values = ",".join(_value(term.name, comparison) for comparison in term.any_of)
    return f"{'-' if term.negated else ''}{name_of(term.name)}:{values}"


def _asks_whether_known(term: Term) -> bool:
    return len(term.any_of) == 1 and term.any_of[0].value is None


def _value(name: str, comparison: Comparison) -> str:
    sign, value = comparison.sign, comparison.value
    if isinstance(value, bool) and name.startswith(PARAMS):
        return f"={str(value).lower()}"  # what a knob is compared with is a text, as which it is true or false
    if value is None or isinstance(value, bool):
        return _flag(value)
    if isinstance(value, tuple):
        return "..".join(map(_number, value))
    if not isinstance(value, str):
        return _number(value) if sign == "=" else f"{sign}{_number(value)}"
    return f"={quoted(value)}" if sign == "=" and name != "status" else quoted(value)


def _flag(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
