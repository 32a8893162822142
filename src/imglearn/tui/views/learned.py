"""Views whose answers are learned: worked out in a thread of their own, since that may take seconds."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.message import Message

from imglearn.errors import ImglearnError
from imglearn.filters import ANY_ATTEMPT, AttemptFilter
from imglearn.learning.history import MOST_ATTEMPTS, History
from imglearn.store.database import Store
from imglearn.tui.queries import learnable
from imglearn.tui.views.view import View

REST = 5  # times as long as an answer took, before the next one that nobody has asked for


def nothing(_store: Store, _asked: AttemptFilter) -> None:
    """Ask the log for nothing: that it has changed is enough."""


class LearnedView(View):
    """Learns from the attempts of the filter whenever they change, and shows it when it is known."""

    subject: Any = None
    """What is asked about beside the filter."""

    obeys_filter: ClassVar[bool] = True
    """Whether only the attempts of the filter count."""

    most: ClassVar[int] = MOST_ATTEMPTS
    """How many attempts are learned from, the newest ones."""

    _is_learning = False
    _is_stale = False
    _learned: tuple[AttemptFilter, Any] | None = None  # of what the answer is that is shown

    class Learned(Message):
        """An answer, or None where there is none for now."""

        def __init__(self, asked: AttemptFilter, subject: Any, answer: Any, took: float) -> None:
            self.asked = asked
            self.subject = subject
            self.answer = answer
            self.took = took
            super().__init__()

    def learn_from(self, past: History, subject: Any) -> Any:
        """Return the answer. Called in a thread."""
        raise NotImplementedError

    def show_learned(self, answer: Any) -> None:
        """Show the answer."""
        raise NotImplementedError

    def learn(self) -> None:
        """Work out the answer anew, or when that which is being worked out is known."""
        if self._is_learning:
            self._is_stale = True
            return
        self._is_learning, self._is_stale = True, False
        work = partial(self._work_out, self.asked, self.subject)
        self.run_worker(work, thread=True, group="learning", exit_on_error=False)

    def _work_out(self, asked: AttemptFilter, subject: Any) -> None:
        began, answer = time.monotonic(), None
        try:
            wanted = asked if self.obeys_filter else ANY_ATTEMPT
            answer = self.learn_from(learnable(self.path, wanted, self.most), subject)
        except ImglearnError:
            pass  # the feed tells, and the next change may do
        finally:
            self.post_message(self.Learned(asked, subject, answer, time.monotonic() - began))

    @on(Learned)
    def _show_answer(self, message: Learned) -> None:
        message.stop()
        self._is_learning = False
        if message.asked != self.asked or message.subject != self.subject:
            self.learn()
            return
        if message.answer is not None:
            self._learned = (message.asked, message.subject)
            self.show_learned(message.answer)
        if self._is_stale:
            self.set_timer(REST * message.took, self.learn)

    @property
    def is_known(self) -> bool:
        """Whether what is shown is of what is asked now."""
        return self._learned == (self.asked, self.subject)
