"""Tables: rows in, rows out, and points that are made: ranges, grids, random numbers."""
