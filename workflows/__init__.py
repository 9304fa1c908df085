"""The durable shell: stays awake for months and decides nothing itself."""
