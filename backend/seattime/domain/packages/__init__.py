"""What a published course is, read from the names and the manifests in it.

Pure: bytes are handed in, nothing is opened.
"""
