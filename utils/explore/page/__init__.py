"""`html`: the page of one configuration: a map of its images, similar images, and all panels.

Enter at `build.write_page`. One file without a network; large pages keep pictures in a folder
beside it.
"""
