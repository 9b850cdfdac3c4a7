"""Access: what is declared against what is, decided; pure, over one reading of an organisation."""
