"""Road pavement inspection (舗装点検) from a patrol car's smartphone."""

__version__ = "0.1.0"
