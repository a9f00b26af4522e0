"""Single points that a random example would miss: kinks, ties, zeros, huge numbers."""
