"""The supervisor and its children: what runs beside what, and who starts it again.

Called by the command line and the demo. This room knows processes, pipes and signals; what a
child does lies in the child's own room.
"""
