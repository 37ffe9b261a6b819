-- expect: stopped
local big = ("x"):rep(1000000)
local t = {}
for i = 1, 100 do t[i] = big end
return table.concat(t)
