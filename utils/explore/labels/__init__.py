"""Finds wrong and ambiguous labels: reads labels and what nets think of them, judges, ranks."""
