"""The schedule: what has to happen every minute, hour and day, in one process of its own.

`schedule.py` is the table, `bridge.py` the part of it that needs Odoo, `runner.py` the loop,
`connections.py` the same for further databases of Odoo, `times.py` says when something is due,
`memory.py` what was done and who is at it. A job is a few calls into the desks and the store; what
is more belongs there.
"""
