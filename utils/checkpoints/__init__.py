"""Checkpoints on the disk: their files, their variables read into a graph, seg-mentor's names.

Enter at `restore.restore_run`. `files` and `seg_mentor` are plain Python.
"""
