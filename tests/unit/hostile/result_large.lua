-- expect: is larger than the 4 MiB
local t = {}
for i = 1, 100 do t[i] = ("x"):rep(50000) end
return t
