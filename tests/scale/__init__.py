"""A made-up prefecture's year through measuring, storing, reviewing, exporting and the map, without pictures."""
