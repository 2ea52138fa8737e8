"""How many statements a second the record store takes, beside an empty endpoint, and how long queries take with a million of them."""
