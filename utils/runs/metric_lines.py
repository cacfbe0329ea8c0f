"""Reads `metrics.jsonl`; written by `utils.runs.metrics`. No TensorFlow."""
import json
import os


def read_lines(path):
    """The lines of a metrics file as dicts; a last line that a kill cut short is left out."""
    if not os.path.exists(path):
        return []
    lines = []
    with open(path) as file:
        for text in file:
            if text.endswith("\n"):
                lines.append(json.loads(text))
    return lines
