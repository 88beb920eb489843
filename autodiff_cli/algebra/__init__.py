"""Formulas for people to read: exact normal forms, rules, and back to a graph."""
