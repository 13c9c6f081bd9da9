"""The states of an analysis and what may lead from one to the next; drawn in docs/jobs.md.

A drive has one analysis after the other (the first when its upload is complete, another when it is analysed again with
a newer model); the newest that is done is the one that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where an analysis stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What happens to an analysis."""

    START = "start"  #: a worker takes it up; also from a worker that died
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"  #: a person does
    RETRY = "retry"  #: a person does


TRANSITIONS: Mapping[Event, Mapping[State, State]] = {
    Event.START: {State.QUEUED: State.RUNNING, State.RUNNING: State.RUNNING},
    Event.FINISH: {State.RUNNING: State.DONE},
    Event.FAIL: {State.RUNNING: State.FAILED, State.QUEUED: State.FAILED},
    Event.CANCEL: {State.QUEUED: State.CANCELLED, State.RUNNING: State.CANCELLED},
    Event.RETRY: {State.FAILED: State.QUEUED, State.CANCELLED: State.QUEUED},
}


def after(state: State, event: Event) -> State | None:
    """The state that follows; None where the event cannot happen in this one.

    >>> after(State.FAILED, Event.RETRY)
    <State.QUEUED: 'queued'>
    >>> after(State.DONE, Event.CANCEL) is None
    True
    """
    return TRANSITIONS[event].get(state)


def sources(event: Event) -> tuple[State, ...]:
    """The states in which the event can happen."""
    return tuple(TRANSITIONS[event])


def is_final(state: State) -> bool:
    """Whether no worker will change it any more.

    >>> [str(state) for state in State if is_final(state)]
    ['done', 'failed', 'cancelled']
    """
    return after(state, Event.START) is None
