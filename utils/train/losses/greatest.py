"""The greatest of many numbers, found by counting: sorting takes ten times as long."""
from typing import Any, Tuple

from utils.tf_compat import tf

#: A float32 is found by its upper 16 bits first, then by the lower.
_BITS, _DIGITS = 16, 1 << 16


def shares_of_greatest(values: Any, valid: Any, share: Any) -> Any:
    """How much each value counts where only the greatest do.

    Args:
      values: float32 [G, P], from 0 on.
      valid: float32 [G, P], 1 for those that can count, 0 for others.
      share: float32 scalar, of the valid ones in each row that count: k of n, at least one.

    Returns:
      float32 [G, P]: 1 above the k-th greatest, 0 below; those that equal it share what is left of
      k. The sum of a row is k.
    """
    count = tf.reduce_sum(valid, axis=1, keepdims=True)
    k = tf.minimum(tf.maximum(tf.round(share * count), 1.0), count)
    limit = _greatest(tf.abs(values) * valid + (valid - 1.0), tf.cast(k, tf.int32))
    above = tf.cast(values > limit, tf.float32) * valid
    equal = tf.cast(tf.equal(values, limit), tf.float32) * valid
    left = k - tf.reduce_sum(above, axis=1, keepdims=True)
    return above + equal * tf.div_no_nan(left, tf.reduce_sum(equal, axis=1, keepdims=True))


def _greatest(values, k):
    """The k-th greatest of each row: float32 [G, 1] of [G, P]; k: int32 [G, 1]. Negative values are
    left out: the bits of the others, as whole numbers, are in the order of the values."""
    bits = tf.bitcast(values, tf.int32)
    upper = tf.bitwise.right_shift(bits, _BITS)
    lower = tf.bitwise.bitwise_and(bits, _DIGITS - 1)
    first, left = _digit(tf.maximum(upper, -1), k)
    last, _ = _digit(tf.where(tf.equal(upper, first), lower, -tf.ones_like(lower)), left)
    return tf.bitcast(first * _DIGITS + last, tf.float32)


def _digit(digits, k) -> Tuple[Any, Any]:
    """(the k-th greatest digit of each row, its place among those that are equal).

    Args:
      digits: int32 [G, P], below `_DIGITS`; -1 is left out.
      k: int32 [G, 1].
    """
    size = _DIGITS + 1  # the first of a row counts what is left out
    rows = tf.shape(digits)[0]
    places = digits + 1 + size * tf.range(rows)[:, tf.newaxis]
    counts = tf.bincount(tf.reshape(places, [-1]), minlength=rows * size, maxlength=rows * size)
    from_here = tf.cumsum(tf.reshape(counts, [rows, size]), axis=1, reverse=True)
    reached = from_here >= k
    digit = tf.reduce_sum(tf.cast(reached, tf.int32), axis=1, keepdims=True) - 2
    above = tf.reduce_max(tf.where(reached, tf.zeros_like(from_here), from_here), axis=1,
                          keepdims=True)
    return digit, k - above
