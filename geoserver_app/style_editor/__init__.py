"""The style editor of the admin: rules as a form, drawn while they are edited."""
