"""What the benchmarks share. Import it first: it puts the project on the path."""
import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def spread(values, digits=2):
    """"median (min - max)" of some figures."""
    form = "{:.%df}" % digits
    return "{} ({} - {})".format(*[form.format(value) for value in (
        statistics.median(values), min(values), max(values))])
