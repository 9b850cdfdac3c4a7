"""`vedette demo`: the main job on one screen, with real parts and no account."""
