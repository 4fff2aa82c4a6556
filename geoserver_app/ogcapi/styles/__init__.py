"""OGC API - Styles (OGC 20-009, draft): styles listed, given in four languages, checked and managed."""
