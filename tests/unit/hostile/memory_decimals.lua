-- expect: stopped
local t = {}
for i = 1, 200000 do t[i] = decimal(i) end
