-- expect: cannot be added to a table
return money(1, "USD") + { amount = 1, currency = "USD" }
