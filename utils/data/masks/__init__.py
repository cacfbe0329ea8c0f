"""What the pixels of mask files mean. Enter by mask_set.py, one rule for a whole data set."""
