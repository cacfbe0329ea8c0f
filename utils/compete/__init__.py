"""Competitions: images without labels are handed out, predictions come back, a board ranks them.

Enter by `create`, `check`, `score` and `board`. What a team hands in is never run, unpickled or
extracted. No TensorFlow here.
"""
