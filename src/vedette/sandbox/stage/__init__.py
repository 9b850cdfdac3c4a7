"""The stage: what every stand-in of a tracker stands on; it knows networks and misfortune, and no vendor."""
