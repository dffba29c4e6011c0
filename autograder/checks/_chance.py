"""How far random masks may be from their expectation.

Every bound holds for independent entries of any kind and number, by the inequalities of Bernstein and Freedman, and is
broken by right code less than once in 1e11 times.
"""

from __future__ import annotations

import numpy as np

from autograder.checking import Array

FAILURE = 1e-12
"""The probability with which one quantity may leave its bound."""
FEWEST_STEPS = 0.3
"""Numbers of kept entries of many masks are further apart than this share of their standard deviation."""


def bound(variance: float | Array, largest: float, quantities: int = 1) -> Array:
    """A bound on the size of a sum with mean zero.

    Parameters
    ----------
    variance : sum of the variances of its terms, each given those before it.
    largest : size that no term exceeds.
    quantities : how many such sums are looked at.
    """
    log = np.log(2 * quantities / FAILURE)
    linear = log * largest / 3
    return np.asarray(linear + np.sqrt(linear**2 + 2 * log * np.asarray(variance)))


def too_far(kept: Array, p: float) -> bool:
    """Whether the number of kept entries is too far from that of entries kept with probability p."""
    return bool(abs(kept.sum() - kept.size * p) > bound(kept.size * p * (1 - p), max(p, 1 - p)))


def most_alike(kept: Array) -> int:
    """The distance at which entries of a mask, read row by row, are most clearly kept or dropped together; 0 if there is none.

    Every distance is examined, including those between neighbours along each axis. The share kept is measured on the mask
    itself, so that a wrong p does not count as dependence.
    """
    n, share = kept.size, float(kept.mean())
    entries = kept.ravel() - share
    spectrum = np.abs(np.fft.rfft(entries, 2 * n)) ** 2
    together = np.fft.irfft(spectrum, 2 * n)[1:n]
    excess = np.abs(together) / _joint_bound(np.arange(n - 1, 0, -1), share, n, n)
    return int(excess.argmax()) + 1 if excess.max() > 1 else 0


def masks_alike(masks: Array) -> bool:
    """Whether any two of several masks, shape (masks, entries), keep the same entries, or all of them do so a little."""
    count, n = masks.shape
    share = float(masks.mean())
    together = (masks - share) @ (masks - share).T
    others = np.abs(together[np.triu_indices(count, 1)])
    return bool((others > _joint_bound(np.asarray(n), share, n, count**2)).any()) or most_alike(masks) > 0


def _joint_bound(pairs: Array, share: float, n: int, quantities: int) -> Array:
    """For sums of products of two entries, if the kept share was taken from n of them."""
    variance, largest = share * (1 - share), max(share, 1 - share)
    return bound(pairs * variance * largest**2, largest**2, quantities) + 3 * bound(n * variance, largest) ** 2 / n


def too_even(counts: Array, entries: int) -> bool:
    """Whether numbers of kept entries, each out of the same total, are nearly equal."""
    share = float(counts.mean()) / entries
    return bool(np.ptp(counts) <= FEWEST_STEPS * np.sqrt(entries * share * (1 - share)))
