"""How people lay out images, masks, class lists and split lists of their own."""
