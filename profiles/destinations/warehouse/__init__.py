"""A warehouse of Parquet files, in a folder or in S3-compatible storage."""
