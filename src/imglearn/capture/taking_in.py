"""Images into attempts: what each says, what is said beside it, and what its path and prompt say by rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from imglearn import rules
from imglearn.capture import sidecar
from imglearn.capture.image import read_image
from imglearn.capture.image_attempt import completed, fields_of_file, fields_of_record, together
from imglearn.capture.image_file import ImageFile, read_file, signature_of
from imglearn.capture.image_record import ImageRecord
from imglearn.errors import InvalidRecordError
from imglearn.intake import new_attempt
from imglearn.records import NewAttempt
from imglearn.rules import Rule
from imglearn.store import images
from imglearn.store.database import Store
from imglearn.store.images import Arrival, Done, Known

UNKNOWN_MATERIAL = "unsorted"


class Wording(NamedTuple):
    """Where material, category and model come from: flags, then the sidecar, the pattern, and the config's rules."""

    flags: Mapping[str, str]
    pattern: Rule | None = None
    rules: tuple[Rule, ...] = ()


class Candidate(NamedTuple):
    """An image to look at: its path, the watched folder that it is in, and whether it may still become whole."""

    path: str
    root: str
    may_grow: bool = False


class Result(NamedTuple):
    """What became of a candidate: an attempt, or why it is none, or that it is to be looked at again."""

    candidate: Candidate
    done: Done | None = None
    problem: str | None = None
    again: bool = False


def take_in(
    store: Store,
    candidates: Iterable[Candidate],
    wording: Wording,
    pass_threshold: float,
    tell: Callable[[str], object],
) -> list[Result]:
    """Log images in one transaction, those that are known by their content not again. Raises StoreError.

    No file can make it fail: what is wrong with one stands in its result.
    """
    results: list[Result] = []
    read: list[tuple[Candidate, ImageFile]] = []
    for candidate in candidates:
        try:
            read.append((candidate, read_file(candidate.path)))
        except FileNotFoundError:
            results.append(Result(candidate))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            results.append(Result(candidate, problem=f"can't be read: {reason}", again=candidate.may_grow))
    known = images.known(store, {file.sha256 for _, file in read})
    arriving: list[tuple[Candidate, Arrival]] = []
    for candidate, file in read:
        try:
            found = _looked_at(candidate, file, known.get(file.sha256), wording, pass_threshold, tell)
        except Exception as error:  # whatever a stranger's file does to a parser, the others count
            found = Result(candidate, problem=f"can't be taken in: {type(error).__name__}: {error}")
        if isinstance(found, Arrival):
            arriving.append((candidate, found))
        else:
            results.append(found)
    if arriving:
        done = images.log(store, [arrival for _, arrival in arriving])
        results += [Result(candidate, one) for (candidate, _), one in zip(arriving, done, strict=True)]
    return results


def _looked_at(
    candidate: Candidate,
    file: ImageFile,
    known: Known | None,
    wording: Wording,
    pass_threshold: float,
    tell: Callable[[str], object],
) -> Arrival | Result:
    """Return what an image is to be logged as, or why not: it is known, with nothing new beside it, or not whole."""
    beside = sidecar.beside(candidate.path)
    for problem in beside.problems:
        tell(problem)
    if known is not None and not beside.fields and known.image_path == file.path:
        return Result(candidate)
    record = ImageRecord(file=file.path) if known is not None else read_image(candidate.path)
    return _unfinished(candidate, file, record) or _arrival(
        candidate, file, record, beside.fields, wording, pass_threshold, tell
    )


def _unfinished(candidate: Candidate, file: ImageFile, record: ImageRecord) -> Result | None:
    """Return why an image is not to be logged, or not yet; None where it is."""
    try:
        unchanged = signature_of(os.lstat(candidate.path)) == file.signature
    except OSError:
        return Result(candidate)
    may_become_whole = candidate.may_grow and (_is_cut_off(record) or record.pixel_width is None)
    if not unchanged or (record.error is not None and may_become_whole):
        return Result(candidate, problem=record.error, again=True)
    if record.error is not None and record.pixel_width is None:
        return Result(candidate, problem=f"{record.error}; it is not logged")
    return None


def _is_cut_off(record: ImageRecord) -> bool:
    """Return whether an image isn't whole. Another error may be a part that is refused, as of a text without end."""
    return record.error is not None and ("incomplete" in record.error or "being written" in record.error)


def _arrival(
    candidate: Candidate,
    file: ImageFile,
    record: ImageRecord,
    beside: Mapping[str, object],
    wording: Wording,
    pass_threshold: float,
    tell: Callable[[str], object],
) -> Arrival:
    found = completed(together(wording.flags, beside, fields_of_file(file)), fields_of_record(record))
    # What rules and folders say gives way to what anybody says later.
    guesses = together(_by_rules(candidate, found, wording, tell), _guesses(candidate))
    guesses = {name: guess for name, guess in guesses.items() if name not in found}
    guessed = sorted(guesses.keys() & {"material", "category"})
    said = frozenset(beside)
    fields = together(found, guesses, {"extra": {"watch": {"guessed": guessed}}} if guessed else {})
    if _is_cut_off(record):
        fields = {**fields, "status": "error", "error": record.error}
    try:
        new = _new(fields, file, pass_threshold)
    except InvalidRecordError as error:  # of what a stranger's file says: the image counts all the same
        tell(f"{file.path}: {error}; what the file says is left out")
        rest = together(wording.flags, fields_of_file(file), _guesses(candidate))
        new, said = _new(rest, file, pass_threshold), frozenset()
    return Arrival(new, said)


def _new(fields: Mapping[str, object], file: ImageFile, pass_threshold: float) -> NewAttempt:
    return new_attempt({**fields, "id": images.content_id(file.sha256)}, pass_threshold)


def _by_rules(
    candidate: Candidate, found: Mapping[str, object], wording: Wording, tell: Callable[[str], object]
) -> dict[str, str]:
    prompt = found.get("prompt")
    text = prompt if isinstance(prompt, str) else None
    below = os.path.relpath(candidate.path, candidate.root)
    pattern = (wording.pattern,) if wording.pattern is not None else ()
    return {**rules.said(wording.rules, candidate.path, text, tell), **rules.said(pattern, below, text, tell)}


def _guesses(candidate: Candidate) -> dict[str, str]:
    """Return words for what nobody says: the folder's name as the category, and no material in particular."""
    folder = os.path.basename(os.path.dirname(candidate.path)).strip()  # noqa: PTH119, PTH120
    return {"material": UNKNOWN_MATERIAL, "category": folder or UNKNOWN_MATERIAL}
