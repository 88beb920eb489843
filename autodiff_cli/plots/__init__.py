"""Functions along a line and over a plane, with their breaks, as data."""
