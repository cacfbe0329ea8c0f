"""Everything but the nets. The modules of this folder itself are the ground floor.

Enter by a package: `data`, `train`, `evaluate`, `runs`, `statistics`, `report`, `sweep`.
Never imports `archs` or a script; only `tf_compat` imports TensorFlow.
"""
