"""From text to a syntax tree and back: knows nothing of graphs or numbers."""
