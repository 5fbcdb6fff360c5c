"""From a working folder to a sealed run and back, without a terminal."""
