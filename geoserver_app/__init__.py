"""The faces: every protocol and page, each a thin function over the doors."""
