"""Clusters: which texts belong together, by their vectors alone."""

from __future__ import annotations

import fastcluster
import numpy as np
from numpy.typing import NDArray

from digest.stages.group.prototypes import Vectors

#: a newsletter with more themes than this is read by nobody
MOST = 12
#: there are at most as many groups as each may have this many texts on average
LEAST_EACH = 6
#: of the cuts whose silhouette is at least this share of the best one's, that with most groups is taken (measured,
#: DESIGN.md "Themes"): the best one alone often parts in two what has ten themes
NEARLY_BEST = 0.9
#: rounds in which texts move to the group whose centre is nearest; few need more than five
ROUNDS = 10

Labels = NDArray[np.intp]
Numbers = NDArray[np.float64]


def clusters(vectors: Numbers) -> Labels:
    """Return for each of some spread vectors the number of its group, counted from 0.

    Ward's method, cut where the silhouette says, then each moves to its nearest centre until none moves.
    """
    most = min(MOST, len(vectors) // LEAST_EACH)
    if most < 2 or not vectors.any():
        return np.zeros(len(vectors), dtype=np.intp)
    # all that follows needs no more than how alike each two are
    likenesses = vectors @ vectors.T
    tree = _tree(likenesses)
    cuts = [_settled(likenesses, _cut(tree, groups)) for groups in range(2, most + 1)]
    told = [_silhouette(likenesses, labels) for labels in cuts]
    enough = max(told) - (1 - NEARLY_BEST) * abs(max(told))
    return next(labels for labels, value in zip(reversed(cuts), reversed(told), strict=True) if value >= enough)


def spread(vectors: Vectors, middle: Numbers) -> Numbers:
    """Return unit vectors as seen from the middle of many: what all have in common tells none from another."""
    return _units(vectors - middle)


def centres(vectors: Numbers, labels: Labels) -> Numbers:
    """Return the unit vector in the middle of each group."""
    return _units(_members(labels).T @ vectors)


def _units(rows: Numbers) -> Numbers:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    # a row this short is the rounding of zeros
    made: Numbers = np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), 0.0)
    return made


def _members(labels: Labels) -> Numbers:
    """Return a row for each text with a 1 in the column of its group."""
    return np.eye(int(labels.max()) + 1)[labels]


def _tree(likenesses: Numbers) -> Numbers:
    pairs = likenesses[np.triu_indices(len(likenesses), 1)]
    distances = np.sqrt(np.maximum(0.0, 2 - 2 * pairs))
    made: Numbers = fastcluster.linkage(distances, method="ward", preserve_input=False)
    return made


def _cut(tree: Numbers, groups: int) -> Labels:
    """Return the groups that there are before the last merges of a tree."""
    leaves = len(tree) + 1
    members = {leaf: [leaf] for leaf in range(leaves)}
    for step, (one, other, *_) in enumerate(tree[: leaves - groups]):
        members[leaves + step] = members.pop(int(one)) + members.pop(int(other))
    labels = np.empty(leaves, dtype=np.intp)
    for number, places in enumerate(members.values()):
        labels[places] = number
    return labels


def _settled(likenesses: Numbers, labels: Labels) -> Labels:
    for _ in range(ROUNDS):
        members = _members(labels)
        sums = likenesses @ members
        lengths = np.sqrt(np.maximum((members * sums).sum(axis=0), 1e-9))
        nearest = (sums / lengths).argmax(axis=1)
        # a group that lost all its texts goes
        moved = np.unique(nearest, return_inverse=True)[1].astype(np.intp)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels


def _silhouette(likenesses: Numbers, labels: Labels) -> float:
    """Return how much nearer texts are to their own group than to the next one, -1 to 1 (Rousseeuw 1987)."""
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return -1.0
    sums = likenesses @ _members(labels)
    places = np.arange(len(labels))
    own = 1 - (sums[places, labels] - likenesses.diagonal()) / np.maximum(1, sizes[labels] - 1)
    others = 1 - sums / sizes
    others[places, labels] = np.inf
    next_one = others.min(axis=1)
    values = (next_one - own) / np.maximum(np.maximum(own, next_one), 1e-9)
    return float(np.where(sizes[labels] > 1, values, 0.0).mean())
