-- result: true
local x = 1
return x == 1 == true == (x == 1) == (2 == decimal("2.00")) ~= false
