"""Who a person is: sign-in, sign-out, the language of the pages."""
