"""An attack on a built portal's protected datasets, from its published bytes alone."""
