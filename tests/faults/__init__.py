"""Faults at random between the bridge and Odoo: afterwards, one row a session, to the second."""
