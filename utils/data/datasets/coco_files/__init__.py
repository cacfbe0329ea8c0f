"""COCO files of any tool: where they lie, what they say, and the outlines that they draw."""
