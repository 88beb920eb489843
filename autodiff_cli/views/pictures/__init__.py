"""How pictures of graphs are written."""
