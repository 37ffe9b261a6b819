-- expect: budget
local t = {}
for i = 1, 800000 do t[i] = (i * 7919) % 800011 end
table.sort(t)
