"""The camera's worker process: joins vision to the attendance desk.

One process a camera device. Its decision loop looks at frames and never waits for the disk: a
clerk, in a thread of its own, does all the writing. The supervisor starts it and hears its
heartbeat; the pages see it through the preview block and the events.
"""
