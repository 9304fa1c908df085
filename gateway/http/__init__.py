"""The gateway over HTTP: a thin translation onto the Python client, and the doors that others knock at."""
