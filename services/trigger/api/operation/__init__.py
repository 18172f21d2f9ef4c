"""What is for those who run the installation: its keys, and who changed what."""
