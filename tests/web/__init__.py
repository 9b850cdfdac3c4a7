"""The web door: real listeners, real signatures, a real browser."""
