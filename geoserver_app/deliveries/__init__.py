"""The face of deliveries: uploads in pieces, states, check reports, publication and the way back, by REST and pages."""
