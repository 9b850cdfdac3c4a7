"""Door: the listener for webhooks, and the listener for people."""
