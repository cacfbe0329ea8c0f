"""Export: a run as frozen graph, SavedModel, TFLite or ONNX, each compared with the tested net.

Enter by `formats` (what can be written) or `compare` (what is verified).
May import `utils.data`, `utils.evaluate` and `utils.runs`; never `archs`.
"""
