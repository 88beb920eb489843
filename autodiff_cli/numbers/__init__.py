"""Number systems: what the evaluator computes with. The lowest layer; imports nothing above."""
