-- expect: stopped
local t = {}
for i = 1, 1e7 do t[i] = 1 end
