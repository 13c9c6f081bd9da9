"""Vector tiles, of the server's map and of files: the grid of the web's maps and Mapbox Vector Tile 2.1. Pure."""
