"""Labels as pictures, by numpy and Pillow; no display is needed.

Enter at `panel.panel`, a picture of an image and its labels, and `colours.colourise`.
"""
