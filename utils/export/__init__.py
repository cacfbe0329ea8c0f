"""Exports of a trained net: the serving graph, the file formats, the comparison with that net.

Enter by `serving` (the graph), `formats` (what is written), `compare`. A new format is a new file
in `formats`. It imports `utils.data`, `utils.evaluate`, `utils.runs` and `utils.train`.
"""
