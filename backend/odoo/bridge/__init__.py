"""Joins OdooConnector and the store: people come in, attendance goes out.

The network is never waited for inside a unit of work.
"""
