"""Pictures in, sightings out: camera, detect, track, quality, embed, gallery, decide.

The kiosk's worker and the vision service call this room. It never writes: who was seen goes
back to the caller as a `Sighting`, and the attendance room makes of it what the rules say.
Every distance is Euclidean between unit-length embeddings, 0 to 2.
"""
