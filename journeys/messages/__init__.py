"""What a message says: Liquid with live recommendations, links that are counted, a way to unsubscribe."""
