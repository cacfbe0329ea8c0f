"""Every loss in numpy: pixel by pixel, class by class, none of it as the losses themselves do it.

Each takes logits, float [N, H, W, C]; label, uint8 [N, H, W], whose values from C on are ignored;
and weights of the classes.
"""
import numpy as np
from scipy import ndimage


def softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


# ---- the losses in numpy: pixel by pixel, or class by class ----

def pixelwise(logits, label, weights, loss):
    """sum(w_y loss(p, y)) / sum(w_y)."""
    total = mass = 0.0
    for p, truth in zip(softmax(logits).reshape(-1, logits.shape[-1]), label.ravel()):
        if truth < len(weights):
            total += weights[truth] * loss(p, truth)
            mass += weights[truth]
    return total / mass if mass else 0.0


def numpy_focal(*given, gamma):
    return pixelwise(*given, lambda p, y: (1 - p[y]) ** gamma * -np.log(p[y]))


def numpy_smoothed(*given, smoothing):
    return pixelwise(*given, lambda p, y: (1 - smoothing) * -np.log(p[y])
                     + smoothing * np.mean(-np.log(p)))


def hardest(logits, label, weights, share):
    """(sum of w * cross entropy, sum of w) of the hardest pixels."""
    found = [(weights[y] * -np.log(p[y]), weights[y])
             for p, y in zip(softmax(logits).reshape(-1, logits.shape[-1]), label.ravel())
             if y < len(weights)]
    count = max(int(round(share * len(found))), 1)
    return np.sum(sorted(found, reverse=True)[:count], axis=0) if found else np.zeros(2)


def numpy_ohem(*given, share):
    total, mass = hardest(*given, share=share)
    return total / mass


def numpy_ohem_by_image(logits, label, weights, share):
    total, mass = sum(hardest(logits[n:n + 1], label[n:n + 1], weights, share) for n in range(2))
    return total / mass


def regions(logits, label, weights, loss):
    """The weighted mean of loss(p, g) over the classes present, over all of the pixels given."""
    valid = label < len(weights)
    p, truth = softmax(logits)[valid], label[valid]
    total = mass = 0.0
    for c, weight in enumerate(weights):
        g = (truth == c).astype(np.float64)
        if g.any():
            total += weight * loss(p[:, c], g)
            mass += weight
    return total / mass if mass else 0.0


def numpy_dice(*given, squared=False, smooth=0.0):
    power = 2 if squared else 1
    return regions(*given, lambda p, g: 1 - (2 * (p * g).sum() + smooth) / (
        (p ** power).sum() + g.sum() + smooth))


def numpy_jaccard(*given, smooth=0.0):
    """As a ratio of minima and maxima, which for a hard truth are I and U."""
    return regions(*given, lambda p, g: 1 - ((p * g).sum() + smooth) / (
        (p + g - p * g).sum() + smooth))


def numpy_tversky(*given, alpha=.3, beta=.7, smooth=0.0):
    def loss(p, g):
        both, wrong, missed = (p * g).sum(), p[g == 0].sum(), (1 - p)[g == 1].sum()
        return 1 - (both + smooth) / (both + alpha * wrong + beta * missed + smooth)
    return regions(*given, loss)


def lovasz_extension(errors, g):
    """The area below the Jaccard loss of the sets {error >= t} over all t: a Choquet integral."""
    levels = np.concatenate([[0.0], np.sort(errors)])
    total = 0.0
    for low, high in zip(levels[:-1], levels[1:]):
        wrong = errors >= high
        predicted = np.where(wrong, 1 - g, g)
        total += (high - low) * (1 - np.sum(predicted * g) / np.sum(np.maximum(predicted, g)))
    return total


def numpy_lovasz(*given):
    return regions(*given, lambda p, g: lovasz_extension(np.abs(p - g), g))


def by_image(loss):
    def mean(logits, label, weights):
        return np.mean([loss(logits[n], label[n], weights) for n in range(len(label))
                        if (label[n] < len(weights)).any()])
    return mean


def distance_to(mask):
    """The distance of each pixel to the nearest of a mask, by trying all."""
    places = np.argwhere(mask)
    return np.array([[np.sqrt(((places - [y, x]) ** 2).sum(1)).min()
                      for x in range(mask.shape[1])] for y in range(mask.shape[0])])


def borders(label, count, loss):
    """The mean over labelled pixels of the sum over classes of loss(n, c, g)."""
    valid = label < count
    if not valid.any():
        return 0.0
    return sum((loss(n, c, label[n] == c) * valid[n]).sum()
               for n in range(len(label)) for c in range(count)) / valid.sum()


def shares(weights):
    return np.array(weights) / np.mean(weights)


def phi(g):
    if g.all() or not g.any():
        return np.zeros(g.shape)
    return np.where(g, 1 - distance_to(~g), distance_to(g)) / np.hypot(*g.shape)


def numpy_boundary(logits, label, weights):
    p, share = softmax(logits), shares(weights)
    return borders(label, len(weights), lambda n, c, g: share[c] * phi(g) * p[n, ..., c])


def from_border(g):
    if g.all() or not g.any():
        return np.zeros(g.shape)
    return np.where(g, distance_to(~g), distance_to(g)) / np.hypot(*g.shape)


def numpy_distances(logits, label, weights, power=2):
    p, share = softmax(logits), shares(weights)
    best = np.where(label < len(weights), p.argmax(-1), 255)
    return borders(label, len(weights), lambda n, c, g: share[c] * (p[n, ..., c] - g) ** 2 * (
        from_border(g) ** power + from_border(best[n] == c) ** power))


def numpy_erosions(logits, label, weights, power=2, erosions=10):
    p, share = softmax(logits), shares(weights)
    valid = label < len(weights)
    cross = ndimage.generate_binary_structure(2, 1) / 5.0

    def loss(n, c, g):
        error, total = (p[n, ..., c] - g) ** 2 * valid[n], 0.0
        for k in range(1, erosions + 1):
            error = np.maximum(ndimage.convolve(error, cross, mode="constant") - .5, 0) * 2
            total = total + error * k ** power
        return share[c] * total / sum(k ** power for k in range(1, erosions + 1))
    return borders(label, len(weights), loss)


def given(function, **settings):
    return lambda logits, label, weights: function(logits, label, weights, **settings)


#: {loss as --loss writes it: its value in numpy}.
EXPECTED = {
    "cross_entropy": given(numpy_focal, gamma=0),
    "cross_entropy:0.2": given(numpy_smoothed, smoothing=.2),
    "focal": given(numpy_focal, gamma=2), "focal:0": given(numpy_focal, gamma=0),
    "focal:0.5": given(numpy_focal, gamma=.5),
    "ohem": given(numpy_ohem, share=.25), "ohem:0.6": given(numpy_ohem, share=.6),
    "ohem:1": given(numpy_focal, gamma=0), "ohem:0.4:image": given(numpy_ohem_by_image, share=.4),
    "dice": numpy_dice, "dice:squared": given(numpy_dice, squared=True),
    "dice:smooth=1": given(numpy_dice, smooth=1), "dice:image": by_image(numpy_dice),
    "dice:image:squared": by_image(given(numpy_dice, squared=True)),
    "jaccard": numpy_jaccard, "jaccard:image:smooth=2": by_image(given(numpy_jaccard, smooth=2)),
    "tversky": numpy_tversky, "tversky:0.5:0.5": numpy_dice,
    "tversky:2:0.1:image:smooth=1": by_image(given(numpy_tversky, alpha=2, beta=.1, smooth=1)),
    "lovasz:full": numpy_lovasz, "lovasz:image:full": by_image(numpy_lovasz),
    "boundary:full": numpy_boundary,
    "hausdorff:full": numpy_erosions,
    "hausdorff:power=1:erosions=3:full": given(numpy_erosions, power=1, erosions=3),
    "hausdorff:distances:full": numpy_distances,
    "hausdorff:distances:1.5:full": given(numpy_distances, power=1.5)}
