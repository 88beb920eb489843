"""The page to step through: one file, with the graph as data and a script that computes it again."""
