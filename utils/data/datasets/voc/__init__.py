"""The lists of PASCAL VOC, and folders in its layout with classes of their own."""
