"""The face of deliveries: uploads in pieces, their states, publication and the way back, by REST."""
