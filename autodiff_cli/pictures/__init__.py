"""What a picture of a graph shows, as data."""
