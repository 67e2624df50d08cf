"""The two demo shops: a grocer from the Complete Journey data, an outfitter that is invented."""
