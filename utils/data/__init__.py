"""Data sets: sources of images and masks, the records that they become, what training reads.

Enter by `convert` (source -> records), `check` and `check_records`, `records` (what was written),
`pipeline` (records -> batches). It imports the base modules of `utils`, and no other package of it.
"""
