"""The desks: one class a topic, each use case one unit of work with its events and log lines.

AttendanceSystem holds them; the web, the command line, the kiosk's workers and scripts call
them. A desk takes `Parts`, raises errors that people can act on, and never renders a page.
"""
