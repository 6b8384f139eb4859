"""Everything about Odoo: how to speak with it, and how our rows and its rows are kept in step.

`transports` carry calls, `client` logs in, `bridge` joins `OdooConnector` and the store.
"""
