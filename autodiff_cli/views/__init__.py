"""How results are shown: no mathematics, and nothing of the command line."""
