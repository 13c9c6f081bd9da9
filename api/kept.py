"""Answers about the whole network, kept until something of it changes: they cost by the network's size, not by use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from pavement.store.database import Database
from pavement.store.lengths import read_version
from pavement.store.scope import Scope

A = TypeVar("A")
MOST = 500  #: answers in memory: some kB each, a prefecture's lists of routes 0.1 MB


class KeptAnswers:
    """The answers of the newest version, the least asked for go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def answer(self, database: Database, scope: Scope, question: Hashable, find: Callable[[], A]) -> A:
        """What `find` answers to a question about what the scope's places hold, found once for each version.

        Nobody may change the answer: the next who asks gets the same object.
        """
        version, _ = read_version(database)
        name = (version, scope.places, question)
        with self._lock:
            if name in self._answers:
                self._answers.move_to_end(name)
                return cast(A, self._answers[name])
        found = find()  # two who ask at once both look: better than one waiting for the other's database
        with self._lock:
            self._answers[name] = found
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return found
