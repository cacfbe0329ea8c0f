"""Testing: a trained net on records, images and videos; its scores and its pictures.

Enter by `evaluator.evaluate` (scores), `segmenter` (predictions) or `results` (what is stored).
May import `utils.data` and `utils.runs`; never `utils.train` or `archs`.
"""
