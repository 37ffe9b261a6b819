-- expect: budget
local list, one = {}, money(1, "USD")
for i = 1, 1e6 do list[i] = one end
for i = 1, 1e6 do money.sum(list) end
