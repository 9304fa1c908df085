"""Puts the parts together: settings, connection, queues, providers, processes."""
