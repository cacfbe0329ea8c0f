"""All claims and tables, in the order of docs/error_bars/claims.md."""
from benchmarks.claims import (
    classes,
    columns,
    components,
    intervals,
    labels,
    looks,
    lost,
    many,
    pairs,
    population,
    power,
    screens,
    seeds,
    selection,
    slices,
    transfer,
)

SUBJECTS = (pairs, power, population, many, classes, looks, selection, transfer, seeds, lost,
            intervals, components, columns, slices, labels, screens)
CLAIMS = tuple(claim for subject in SUBJECTS for claim in subject.CLAIMS)
TABLES = tuple(table for subject in SUBJECTS for table in subject.TABLES)
