"""Content vectors: an embedder turns an item's text into 64 numbers of unit length; near vectors, like items.

An embedder has a `name`, and `embed(texts)` that returns a float32 array (texts, 64). See `tfidf` for the default.
"""
