"""The most likely path (Viterbi) and the posteriors (forward-backward) of a long chain, in windows at the same time.

A loop over fixes would be a loop of tiny array operations. So the chain is cut into windows of equal length; every
window's transfer matrix from its first to its last state is made for all windows in lockstep; a short loop over windows
then gives what enters and leaves each; and a second lockstep pass gives the states inside. This is exact: it is the
blocked form of a parallel scan over an associative operator (Särkkä & García-Fernández 2021).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = -1e30


def window_length(n: int) -> int:
    """Steps in a window: enough windows to share a step's overhead, few enough for the loop over them."""
    return int(np.clip(round(np.sqrt(n) / 2), 8, 64))


def windows(values: Floats, length: int, fill: Floats | float) -> Floats:
    """Rows of steps (n, …) as (length, windows, …); what is missing at the end does nothing."""
    count = -(-len(values) // length)
    padded = np.empty((count * length, *values.shape[1:]))
    padded[: len(values)], padded[len(values) :] = values, fill
    return np.ascontiguousarray(padded.reshape(count, length, *values.shape[1:]).swapaxes(0, 1))


def viterbi(emission: Floats, transition: Floats) -> Ints:
    """The most likely state (n,) of each fix from log emissions (n, k) and log transitions (n - 1, k, k)."""
    n, k = emission.shape
    if n == 1:
        return np.array([int(emission[0].argmax())])
    length = window_length(n)
    stay = np.where(np.eye(k, dtype=bool), 0.0, LEAST)
    steps = windows(transition + emission[1:, None], length, stay)  # (L, W, k, k)
    whole = steps[0]
    for step in steps[1:]:
        whole = (whole[:, :, :, None] + step[:, None]).max(2)
    best = np.empty((len(whole) + 1, k))
    best[0] = emission[0]
    for w, matrix in enumerate(whole):
        best[w + 1] = (best[w][:, None] + matrix).max(0)
        best[w + 1] -= best[w + 1].max()
    came = np.empty((length, len(whole), k), np.int64)
    now = best[:-1]
    for t, step in enumerate(steps):
        paths = now[:, :, None] + step
        came[t] = paths.argmax(1)
        now = np.take_along_axis(paths, came[t][:, None], 1)[:, 0]
    back = np.broadcast_to(np.arange(k), (len(whole), k))  # the state at a window's start for each at its end
    for t in range(length - 1, -1, -1):
        back = np.take_along_axis(came[t], back, 1)
    ends = np.empty(len(whole) + 1, np.int64)
    ends[-1] = best[-1].argmax()
    for w in range(len(whole) - 1, -1, -1):
        ends[w] = back[w, ends[w + 1]]
    path = np.empty((length, len(whole)), np.int64)
    state = ends[1:]
    for t in range(length - 1, -1, -1):
        path[t] = state
        state = came[t][np.arange(len(whole)), state]
    return np.concatenate([ends[:1], path.T.ravel()])[:n]


def posteriors(emission: Floats, transition: Floats) -> Floats:
    """Probabilities (n, k) of the states of each fix from log emissions (n, k) and log transitions (n - 1, k, k)."""
    n, k = emission.shape
    likely = np.exp(emission - emission.max(1, keepdims=True))
    if n == 1:
        return np.asarray(likely / likely.sum(1, keepdims=True))
    length = window_length(n)
    steps = windows(np.exp(transition) * likely[1:, None], length, np.eye(k))
    whole = steps[0]
    for step in steps[1:]:
        whole = whole @ step
        whole /= whole.max((1, 2), keepdims=True)
    ahead, behind = np.empty((len(whole), k)), np.empty((len(whole), k))
    now = likely[0]
    for w, matrix in enumerate(whole):
        ahead[w] = now / now.sum()
        now = ahead[w] @ matrix
    now = np.ones(k)
    for w in range(len(whole) - 1, -1, -1):
        behind[w] = now / now.sum()
        now = whole[w] @ behind[w]
    forward, backward = np.empty((length, len(whole), k)), np.empty((length, len(whole), k))
    now = ahead
    for t, step in enumerate(steps):
        now = (now[:, None] @ step)[:, 0]
        now /= now.sum(1, keepdims=True)
        forward[t] = now
    now = behind
    for t in range(length - 1, -1, -1):
        backward[t] = now
        now = (steps[t] @ now[:, :, None])[:, :, 0]
        now /= now.sum(1, keepdims=True)
    inside = (forward * backward).swapaxes(0, 1).reshape(-1, k)[: n - 1]
    first = ahead[0] * now[0]
    joint = np.concatenate([first[None], inside])
    return np.asarray(joint / np.maximum(joint.sum(1, keepdims=True), 1e-300))
