"""The version of slimseg: `--version` prints it, and runinfo records it."""

VERSION = "0.9.0"
