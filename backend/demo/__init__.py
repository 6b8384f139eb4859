"""The demo: bundled people, a bundled clip, a simulated Odoo, and the real product between them."""
