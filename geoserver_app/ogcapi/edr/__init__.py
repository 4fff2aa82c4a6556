"""OGC API - Environmental Data Retrieval 1.1 (OGC 19-086r6): values at places, over areas and along lines.

Of imagery and elevation models, and of station series: layers of points with values.
"""
