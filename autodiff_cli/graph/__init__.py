"""The computational graph: operators, the arena, lowering, rewrites and evaluation."""
