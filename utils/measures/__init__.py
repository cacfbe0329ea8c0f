"""Mathematics of label pictures: confusion matrices with their scores, connected regions.

Enter at `confusion.confusion_matrix` and `regions.find_regions`. Imports numpy and scipy alone.
"""
