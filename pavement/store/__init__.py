"""The server's memory: a database of drives, files, devices and results, and the files themselves as blobs.

SQLAlchemy 2 tables with Alembic migrations inside the package (SQLite, PostgreSQL); files on obstore (a folder, S3).
"""
