-- expect: row 1 of the rates has no 'from'
local rates = {}
rates[1] = rates
return money(1, "EUR"):convert("USD", rates, 0)
