-- expect: budget of instructions
local t = {}
for i = 1, 2000 do t["k" .. i] = i end
local k = next(t)
while true do k = next(t, k) end
