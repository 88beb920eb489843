"""How results are shown. Views lay out what they are given and compute nothing."""
