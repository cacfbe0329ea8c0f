"""The values of a label beside the classes 0 to C - 1."""

#: The label of pixels that count nowhere: not in the loss, not in a score.
IGNORE_LABEL = 255
