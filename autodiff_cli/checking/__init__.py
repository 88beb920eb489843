"""Whether a gradient is right: differences, claims, and what a mistake looks like."""
