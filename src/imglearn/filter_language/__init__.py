"""The language of filters: words as in any search box, and what is asked of one field as `name:value`.

    dust "settles low" -blur category:wood passed:no score:<75 model:imagen since:2d param.steps:>30 -status:error

Words go to the full-text search. A term may have several values, of which any will do (`category:wood,metal`); terms
hold all together, but several of one name that ask for a value, and for no bound, are taken as one term with several
values. `-name:value` leaves attempts out, and `+name:value` asks for that value besides. Texts are found anywhere and
in any case, as a whole with `name:="..."`. Numbers are compared (`>80`, `<=75`, `70..80`, `80`).
"""

from __future__ import annotations

from imglearn.filter_language.completing import Completion, completions, meant_as_names
from imglearn.filter_language.parsing import Parsed, Problem, filter_from, parse
from imglearn.filter_language.writing import narrowed, to_text

__all__ = [
    "Completion", "Parsed", "Problem", "completions", "filter_from", "meant_as_names", "narrowed", "parse", "to_text",
]  # fmt: skip
