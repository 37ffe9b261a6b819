-- expect: number out of range
local m = money(1, "USD")
for i = 1, 100 do m = m * 10 end
return m
