-- expect: argument 1 is a table, not a number
local d = decimal(1)
return d.round({}, 2)
