"""Mathematics of label pictures: confusion matrices with their scores, connected regions.

Enter at `confusion.confusion_matrix` and `regions.find_regions`; of pictures themselves, at
`near_copies.find_copies`. Imports numpy and scipy alone.
"""
