"""What is known about a shopper in numbers and words: defined once, kept by workers, read through `shopper_features`."""
