"""Derivatives of graphs as graphs, and what is to be said of them."""
