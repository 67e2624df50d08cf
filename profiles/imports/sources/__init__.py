"""Where files of history are fetched from, besides uploads: an https address, or a bucket of S3-compatible storage."""
