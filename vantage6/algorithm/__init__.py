"""The import names of 4.x, so that an algorithm that is written for it runs on 3.12 nodes."""
