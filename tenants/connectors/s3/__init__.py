"""S3-compatible storage: the four calls that a warehouse needs, through the guarded way out (tenants.outbound)."""
