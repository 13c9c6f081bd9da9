"""From noisy places along a line to a smooth one that only goes forward: robust Rauch-Tung-Striebel smoothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ACCELERATION = 1.0  #: m/s²: spectral density of the car's changes of speed
HUBER = 2.0  #: residuals beyond so many sigmas count less


def smooth(time_s: Floats, along_m: Floats, sigma_m: Floats) -> tuple[Floats, Floats]:
    """Smoothed metres along and their standard deviation, both (n,); time rising.

    Constant-velocity Kalman filter and RTS smoother (Särkkä 2013, eq. 8.6), three rounds with Huber weights, then made
    monotone in the direction of travel.
    """
    if len(time_s) < 3:
        return along_m.copy(), sigma_m.copy()
    sigma = sigma_m.copy()
    result, spread = along_m, sigma_m
    for _ in range(3):
        result, spread = _pass(time_s, along_m, sigma)
        size = np.abs(along_m - result) / sigma_m
        sigma = sigma_m * np.sqrt(np.maximum(size / HUBER, 1.0))
    return monotone(result), spread


def monotone(values: Floats) -> Floats:
    """The nearest monotone curve: mean of the running maximum and the running minimum from behind.

    >>> monotone(np.array([0.0, 2.0, 1.0, 3.0])).tolist()
    [0.0, 1.5, 1.5, 3.0]
    """
    sign = 1.0 if values[-1] >= values[0] else -1.0
    rising = values * sign
    above = np.maximum.accumulate(rising)
    below = np.minimum.accumulate(rising[::-1])[::-1]
    return np.asarray(sign * (above + below) / 2)


def _pass(time_s: Floats, along_m: Floats, sigma_m: Floats) -> tuple[Floats, Floats]:
    """One filter and smoother pass."""
    n = len(time_s)
    means, covariances = np.zeros((n, 2)), np.zeros((n, 2, 2))
    predicted_means, predicted = np.zeros((n, 2)), np.zeros((n, 2, 2))
    steps = np.diff(time_s, prepend=time_s[0])
    mean = np.array([along_m[0], 0.0])
    covariance = np.diag([sigma_m[0] ** 2 * 4, 30.0**2])
    transitions = np.tile(np.eye(2), (n, 1, 1))
    transitions[:, 0, 1] = steps
    noise = ACCELERATION**2 * np.stack(
        [np.stack([steps**3 / 3, steps**2 / 2], -1), np.stack([steps**2 / 2, steps], -1)], -2
    )
    for i in range(n):
        if i:
            mean = transitions[i] @ mean
            covariance = transitions[i] @ covariance @ transitions[i].T + noise[i]
        predicted_means[i], predicted[i] = mean, covariance
        gain = covariance[:, 0] / (covariance[0, 0] + sigma_m[i] ** 2)
        mean = mean + gain * (along_m[i] - mean[0])
        covariance = covariance - np.outer(gain, covariance[0])
        means[i], covariances[i] = mean, covariance
    for i in range(n - 2, -1, -1):
        back = covariances[i] @ transitions[i + 1].T @ np.linalg.inv(predicted[i + 1])
        means[i] += back @ (means[i + 1] - predicted_means[i + 1])
        covariances[i] += back @ (covariances[i + 1] - predicted[i + 1]) @ back.T
    return means[:, 0], np.sqrt(np.maximum(covariances[:, 0, 0], 1e-6))
