"""Finds and reads users' own images, masks, class lists and split lists."""
