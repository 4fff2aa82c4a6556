"""CSW 2.0.2 (OGC 07-006r1): the catalogue for programs that know no OGC API."""
