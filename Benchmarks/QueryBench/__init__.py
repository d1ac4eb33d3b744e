"""Questions over HTTP to Tickgate, and the same to DuckDB in process, over the same rows."""
