"""The shell of every HTML page: one offline file that fetches nothing and prints well.

Enter at `shell.render`. Imports nothing of slimseg; pages of report and of looks inside use it.
"""
